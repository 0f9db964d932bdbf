#include "evaluate/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "comm/exchange.h"
#include "core/error.h"
#include "evaluate/reference_files.h"
#include "metrics/classification.h"
#include "metrics/distributed_figures.h"
#include "metrics/poisson_bootstrap.h"
#include "metrics/spread_scores.h"

namespace codectrace::evaluate {
namespace {

Json interval_json(const metrics::Interval& interval) { return {interval.low, interval.high}; }

/// Puts null with a reason where a value isn't finite: JSON has no infinity.
void put(Json& task, const std::string& key, double value, const std::string& reason) {
  if (std::isfinite(value)) {
    task[key] = value;
  } else {
    task[key] = nullptr;
    task["reasons"][key] = reason;
  }
}

/// Says so where intervals aren't drawn utterance by utterance.
void note_bootstrap(Json& task, std::int64_t n, bool by_speaker) {
  if (n > metrics::kMostDrawnOneByOne) task["bootstrap"] = "poisson";
  if (by_speaker) task["bootstrap"] = "speaker";
}

std::size_t stratum_of(protocol::Label label) { return static_cast<std::size_t>(label); }

using Numbers = std::vector<std::uint32_t>;

Numbers speakers_of(const Numbers& of_table, std::span<const std::size_t> rows) {
  Numbers numbers;
  for (const auto row : rows) numbers.push_back(of_table[row]);
  return numbers;
}

/// Numbers from 1 in byte order of all ranks' names; 0 for no name.
Numbers speaker_numbers(const ScoreTable& table, comm::Communicator& comm) {
  std::set<std::string> names;
  for (std::size_t row = 0; row < table.size(); ++row) names.insert(table[row].speaker);
  for (const auto& text : comm.gathered_texts(fmt::format("{}", fmt::join(names, "\n")))) {
    std::istringstream lines(text);
    for (std::string name; std::getline(lines, name);) names.insert(name);
  }
  names.erase("");
  std::map<std::string_view, std::uint32_t> numbers;
  for (const auto& name : names) {
    numbers.emplace(name, static_cast<std::uint32_t>(numbers.size() + 1));
  }
  Numbers of_rows;
  of_rows.reserve(table.size());
  for (std::size_t row = 0; row < table.size(); ++row) {
    const auto& speaker = table[row].speaker;
    of_rows.push_back(speaker.empty() ? 0 : numbers.at(speaker));
  }
  return of_rows;
}

void leave_out_thresholdless(Json& task, const std::string& reason) {
  for (const auto* key : {"eer", "eer_ci95", "threshold", "eer_reference", "threshold_reference",
                          "eer_rocch", "auc", "min_dcf", "min_cllr", "act_dcf", "cllr"}) {
    task[key] = nullptr;
    task["reasons"][key] = reason;
  }
}

}  // namespace

/// Answers of one task, and what is made of them.
class Figures::Answers {
 public:
  explicit Answers(const std::vector<std::string>& classes)
      : classes_(classes), confusion_(classes.size()) {}

  void add(std::size_t truth, std::size_t answer, double confidence) {
    truths_.push_back(static_cast<std::uint32_t>(truth));
    answers_.push_back(static_cast<std::uint32_t>(answer));
    confusion_.add(truth, answer);
    calibration_.add(confidence, truth == answer);
  }
  [[nodiscard]] std::span<const std::uint32_t> truths() const { return truths_; }

  /// Collective. @param speakers  of each answer; empty: they aren't what is drawn
  void write(Json& task, const FigureOptions& options, std::span<const std::uint32_t> speakers,
             comm::Communicator& comm) {
    comm.all_reduce_sum(confusion_.cells()).wait();
    calibration_.sum_over(comm);
    if (confusion_.total() == 0) {
      for (const auto* key : {"accuracy", "accuracy_ci95", "balanced_accuracy", "f1_weighted",
                              "f1_weighted_ci95", "f1_macro", "ece"}) {
        task[key] = nullptr;
        task["reasons"][key] = "no examples";
      }
      return;
    }
    const auto figures = metrics::classification(confusion_);
    const auto found = intervals(options.bootstrap, speakers, comm);
    task["accuracy"] = figures.accuracy;
    task["accuracy_ci95"] = interval_json(found.accuracy);
    task["balanced_accuracy"] = figures.balanced_accuracy;
    task["f1_weighted"] = figures.f1_weighted;
    task["f1_weighted_ci95"] = interval_json(found.f1_weighted);
    task["f1_macro"] = figures.f1_macro;
    task["per_class"] = per_class(figures);
    task["confusion"] = confusion_rows();
    task["ece"] = calibration_.value();
  }

 private:
  /// All ranks' answers are brought together, unless they are too many to be drawn one by one.
  [[nodiscard]] metrics::ClassificationIntervals intervals(const metrics::BootstrapOptions& options,
                                                           std::span<const std::uint32_t> speakers,
                                                           comm::Communicator& comm) const {
    if (confusion_.total() > metrics::kMostDrawnOneByOne) {
      return metrics::poisson_intervals(confusion_, options, comm);
    }
    std::vector<std::uint32_t> mine;  // truth and answer in one
    for (std::size_t i = 0; i < truths_.size(); ++i) {
      mine.push_back(static_cast<std::uint32_t>(truths_[i] * classes_.size() + answers_[i]));
    }
    const auto all = comm::gathered_values<std::uint32_t>(comm, mine);
    const auto all_speakers = comm::gathered_values<std::uint32_t>(comm, speakers);
    std::vector<std::vector<std::size_t>> answers(classes_.size());
    std::vector<std::vector<std::uint32_t>> clusters(all_speakers.empty() ? 0 : classes_.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto both = std::size_t{all[i]};
      answers[both / classes_.size()].push_back(both % classes_.size());
      if (clusters.empty()) continue;
      clusters[both / classes_.size()].push_back(all_speakers[i]);
    }
    return metrics::classification_intervals(answers, clusters, options, comm);
  }
  [[nodiscard]] Json per_class(const metrics::Classification& figures) const {
    Json all = Json::object();
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      const auto& one = figures.per_class[c];
      all[classes_[c]] = {{"precision", one.precision},
                          {"recall", one.recall},
                          {"f1", one.f1},
                          {"support", one.support}};
    }
    return all;
  }
  [[nodiscard]] Json confusion_rows() const {
    Json rows = Json::array();
    for (std::size_t truth = 0; truth < classes_.size(); ++truth) {
      Json row = Json::array();
      for (std::size_t c = 0; c < classes_.size(); ++c) row.push_back(confusion_.count(truth, c));
      rows.push_back(row);
    }
    return rows;
  }

  const std::vector<std::string>& classes_;
  std::vector<std::uint32_t> truths_;
  std::vector<std::uint32_t> answers_;
  metrics::ConfusionMatrix confusion_;
  metrics::CalibrationError calibration_;
};

Figures::Figures(const ScoreTable& table, const FigureOptions& options, comm::Communicator& comm)
    : table_(table), options_(options), comm_(comm) {
  if (options_.clusters == BootstrapClusters::Speaker) speakers_ = speaker_numbers(table_, comm_);
  if (!table_.detects()) return;
  detected_.reserve(table_.size());
  for (std::size_t row = 0; row < table_.size(); ++row) {
    const auto& score = table_.detection(row);
    detected_.push_back(
        {score.probability, score.log_odds, reference_score(score), table_[row].label});
  }
}

bool Figures::draws_speakers(std::span<const std::size_t> rows,
                             std::span<const std::uint32_t> strata, std::size_t num_strata) const {
  if (options_.clusters == BootstrapClusters::None) return false;
  constexpr auto kNone = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> lowest(num_strata, kNone);
  std::vector<std::int64_t> highest(num_strata, -1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t speaker = speakers_[rows[i]];
    lowest[strata[i]] = std::min(lowest[strata[i]], speaker);
    highest[strata[i]] = std::max(highest[strata[i]], speaker);
  }
  comm_.all_reduce(comm::buffer(std::span(lowest)), comm::Reduce::Min).wait();
  comm_.all_reduce(comm::buffer(std::span(highest)), comm::Reduce::Max).wait();
  for (std::size_t stratum = 0; stratum < num_strata; ++stratum) {
    const bool is_empty = highest[stratum] < 0;
    const bool one_or_unknown = lowest[stratum] == 0 || lowest[stratum] == highest[stratum];
    if (!is_empty && one_or_unknown) return false;
  }
  const auto total = comm_.reduced(static_cast<std::int64_t>(rows.size()), comm::Reduce::Sum);
  if (total > metrics::kMostDrawnOneByOne) {
    throw Error(
        ErrorKind::Usage,
        fmt::format("{} utterances: intervals by speaker are drawn of at most {}; leave out "
                    "metrics.bootstrap_clusters",
                    total, metrics::kMostDrawnOneByOne));
  }
  return total > 0;
}

Json Figures::detection(std::span<const std::size_t> rows) const {
  static const std::vector<std::string> kClasses{"spoof", "bonafide"};
  Answers answers(kClasses);
  std::array<std::int64_t, 2> counts{};  // of spoof and bona fide
  for (const auto row : rows) {
    const auto& score = detected_[row];
    const auto truth = stratum_of(score.label);
    ++counts[truth];
    answers.add(truth, score.log_odds > 0 ? 1 : 0,
                std::max(score.probability, 1 - score.probability));
  }
  comm_.all_reduce_sum(std::span<std::int64_t>(counts)).wait();
  const auto [num_spoof, num_bonafide] = counts;
  const bool by_speaker = draws_speakers(rows, answers.truths(), kClasses.size());
  Json task;
  task["n"] = num_bonafide + num_spoof;
  task["n_bonafide"] = num_bonafide;
  task["n_spoof"] = num_spoof;
  task["few_examples"] = std::min(num_bonafide, num_spoof) < kFewExamples;
  note_bootstrap(task, num_bonafide + num_spoof, by_speaker);
  task["classes"] = kClasses;
  if (num_bonafide > 0 && num_spoof > 0) {
    add_thresholdless(task, rows, by_speaker);
  } else {
    leave_out_thresholdless(task, num_spoof == 0 ? "no spoof" : "no bona fide");
  }
  answers.write(task, options_, by_speaker ? speakers_of(speakers_, rows) : Numbers(), comm_);
  return task;
}

void Figures::add_thresholdless(Json& task, std::span<const std::size_t> rows,
                                bool by_speaker) const {
  const auto scores_by = [&](auto value) {
    metrics::ClassScores mine;
    for (const auto row : rows) {
      const bool bonafide = detected_[row].label == protocol::Label::BonaFide;
      (bonafide ? mine.bonafide : mine.spoof).push_back(std::invoke(value, detected_[row]));
      if (!by_speaker) continue;
      (bonafide ? mine.bonafide_clusters : mine.spoof_clusters).push_back(speakers_[row]);
    }
    return mine;
  };
  const bool by_probability = table_.meaning().score == ScoreKind::Probability;
  const bool by_reference = options_.eer_rule == metrics::EerRule::Reference;
  {
    const metrics::SpreadScores in_file(scores_by(&Detected::reference), comm_);
    const auto reference = in_file.eer(metrics::EerRule::Reference);
    const metrics::SpreadScores scores(
        scores_by(by_probability ? &Detected::probability : &Detected::log_odds), comm_);
    const auto& taken = by_reference ? in_file : scores;
    const auto eer = by_reference ? reference : scores.eer();
    task["eer"] = eer.eer;
    task["eer_ci95"] = interval_json(taken.eer_interval(options_.bootstrap, options_.eer_rule));
    task["threshold"] = eer.threshold;
    task["eer_reference"] = reference.eer;
    task["threshold_reference"] = reference.threshold;
    const auto trade_off = scores.trade_off();
    task["eer_rocch"] = trade_off.eer_rocch;
    task["auc"] = trade_off.auc;
    task["min_dcf"] = trade_off.min_dcf;
    task["min_cllr"] = trade_off.min_cllr;
  }
  const double offset =
      by_probability ? std::log(options_.training_prior) - std::log1p(-options_.training_prior) : 0;
  const auto llrs = scores_by([offset](const auto& s) { return s.log_odds - offset; });
  const auto costs = metrics::distributed_ratio_costs({llrs.bonafide, llrs.spoof}, {}, comm_);
  task["act_dcf"] = costs.act_dcf;
  put(task, "cllr", costs.cllr, "a score is infinitely wrong");
}

Json Figures::classification(std::size_t task_index, std::span<const std::size_t> rows) const {
  const auto& classes = table_.tasks()[task_index].classes;
  Answers answers(classes);
  std::vector<std::size_t> known;
  for (const auto row : rows) {
    const int truth = table_[row].codes[task_index];
    if (truth == protocol::kUnknown) continue;
    known.push_back(row);
    const auto probabilities = table_.probabilities(row, task_index);
    const auto answer = metrics::arg_max(table_.logits(row, task_index));
    answers.add(static_cast<std::size_t>(truth), answer, std::min(1.0, probabilities[answer]));
  }
  std::array<std::int64_t, 2> counts{std::ssize(known), std::ssize(rows) - std::ssize(known)};
  comm_.all_reduce_sum(std::span<std::int64_t>(counts)).wait();
  const auto [num_known, num_unknown] = counts;
  const bool by_speaker = draws_speakers(known, answers.truths(), classes.size());
  Json task;
  task["n"] = num_known;
  task["n_unknown"] = num_unknown;
  task["few_examples"] = num_known < kFewExamples;
  note_bootstrap(task, num_known, by_speaker);
  task["classes"] = classes;
  answers.write(task, options_, by_speaker ? speakers_of(speakers_, known) : Numbers(), comm_);
  return task;
}

}  // namespace codectrace::evaluate
