#include "evaluate/figures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "evaluate/reference_files.h"
#include "metrics/classification.h"
#include "metrics/detection_cost.h"
#include "metrics/eer.h"
#include "metrics/poisson_bootstrap.h"

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
void note_bootstrap(Json& task, std::ptrdiff_t n) {
  if (n > metrics::kMostDrawnOneByOne) task["bootstrap"] = "poisson";
}

/// Scores of the two classes, in the order of the rows.
struct ClassScores {
  std::vector<double> bonafide;
  std::vector<double> spoof;
  [[nodiscard]] metrics::DetectionCurve curve() const {
    return metrics::detection_curve(bonafide, spoof);
  }
};

ClassScores scores_of(const ScoreTable& table, std::span<const std::size_t> rows,
                      const std::function<double(const DetectionScore&)>& value) {
  ClassScores scores;
  for (const auto row : rows) {
    auto& side = table[row].label == protocol::Label::BonaFide ? scores.bonafide : scores.spoof;
    side.push_back(value(table.detection(row)));
  }
  return scores;
}

void add_thresholdless(Json& task, const ScoreTable& table, std::span<const std::size_t> rows,
                       const FigureOptions& options) {
  const bool by_probability = table.meaning().score == ScoreKind::Probability;
  const auto scores = scores_of(
      table, rows, [=](const auto& s) { return by_probability ? s.probability : s.log_odds; });
  const auto curve = scores.curve();
  const auto in_file = scores_of(table, rows, reference_score);
  const auto reference = metrics::eer_reference(in_file.curve());
  const bool by_reference = options.eer_rule == metrics::EerRule::Reference;
  const auto& taken = by_reference ? in_file : scores;
  const auto eer = by_reference ? reference : metrics::eer(curve);
  task["eer"] = eer.eer;
  task["eer_ci95"] = interval_json(
      metrics::eer_interval(taken.bonafide, taken.spoof, options.bootstrap, options.eer_rule));
  task["threshold"] = eer.threshold;
  task["eer_reference"] = reference.eer;
  task["threshold_reference"] = reference.threshold;
  task["eer_rocch"] = metrics::eer_rocch(curve);
  task["auc"] = metrics::auc(curve);
  task["min_dcf"] = metrics::min_dcf(curve);
  task["min_cllr"] = metrics::min_cllr(curve);

  const double offset =
      by_probability ? std::log(options.training_prior) - std::log1p(-options.training_prior) : 0;
  const auto ratios =
      scores_of(table, rows, [offset](const auto& s) { return s.log_odds - offset; }).curve();
  task["act_dcf"] = metrics::act_dcf(ratios);
  put(task, "cllr", metrics::cllr(ratios), "a score is infinitely wrong");
}

void leave_out_thresholdless(Json& task, const std::string& reason) {
  for (const auto* key : {"eer", "eer_ci95", "threshold", "eer_reference", "threshold_reference",
                          "eer_rocch", "auc", "min_dcf", "min_cllr", "act_dcf", "cllr"}) {
    task[key] = nullptr;
    task["reasons"][key] = reason;
  }
}

/// Answers of one task, and what is made of them.
class Answers {
 public:
  explicit Answers(const std::vector<std::string>& classes)
      : classes_(classes), confusion_(classes.size()), by_truth_(classes.size()) {}

  void add(std::size_t truth, std::size_t answer, double confidence) {
    confusion_.add(truth, answer);
    by_truth_[truth].push_back(answer);
    calibration_.add(confidence, truth == answer);
  }

  void write(Json& task, const FigureOptions& options) const {
    if (confusion_.total() == 0) {
      for (const auto* key : {"accuracy", "accuracy_ci95", "balanced_accuracy", "f1_weighted",
                              "f1_weighted_ci95", "f1_macro", "ece"}) {
        task[key] = nullptr;
        task["reasons"][key] = "no examples";
      }
      return;
    }
    const auto figures = metrics::classification(confusion_);
    const auto intervals = metrics::classification_intervals(by_truth_, options.bootstrap);
    task["accuracy"] = figures.accuracy;
    task["accuracy_ci95"] = interval_json(intervals.accuracy);
    task["balanced_accuracy"] = figures.balanced_accuracy;
    task["f1_weighted"] = figures.f1_weighted;
    task["f1_weighted_ci95"] = interval_json(intervals.f1_weighted);
    task["f1_macro"] = figures.f1_macro;
    task["per_class"] = per_class(figures);
    task["confusion"] = confusion_rows();
    task["ece"] = calibration_.value();
  }

 private:
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
  metrics::ConfusionMatrix confusion_;
  std::vector<std::vector<std::size_t>> by_truth_;
  metrics::CalibrationError calibration_;
};

}  // namespace

Json detection_figures(const ScoreTable& table, std::span<const std::size_t> rows,
                       const FigureOptions& options) {
  static const std::vector<std::string> kClasses{"spoof", "bonafide"};
  const auto num_bonafide = std::ranges::count_if(
      rows, [&](std::size_t row) { return table[row].label == protocol::Label::BonaFide; });
  const auto num_spoof = std::ssize(rows) - num_bonafide;
  Json task;
  task["n"] = rows.size();
  task["n_bonafide"] = num_bonafide;
  task["n_spoof"] = num_spoof;
  task["few_examples"] = std::min(num_bonafide, num_spoof) < kFewExamples;
  note_bootstrap(task, std::ssize(rows));
  task["classes"] = kClasses;
  if (num_bonafide > 0 && num_spoof > 0) {
    add_thresholdless(task, table, rows, options);
  } else {
    leave_out_thresholdless(task, num_spoof == 0 ? "no spoof" : "no bona fide");
  }
  Answers answers(kClasses);
  for (const auto row : rows) {
    const auto score = table.detection(row);
    const bool bonafide = score.log_odds > 0;
    answers.add(static_cast<std::size_t>(table[row].label), bonafide ? 1 : 0,
                std::max(score.probability, 1 - score.probability));
  }
  answers.write(task, options);
  return task;
}

Json classification_figures(const ScoreTable& table, std::size_t task_index,
                            std::span<const std::size_t> rows, const FigureOptions& options) {
  const auto& classes = table.tasks()[task_index].classes;
  Answers answers(classes);
  std::int64_t unknown = 0;
  for (const auto row : rows) {
    const int truth = table[row].codes[task_index];
    if (truth == protocol::kUnknown) {
      ++unknown;
      continue;
    }
    const auto probabilities = table.probabilities(row, task_index);
    const auto answer = metrics::arg_max(table.logits(row, task_index));
    answers.add(static_cast<std::size_t>(truth), answer, std::min(1.0, probabilities[answer]));
  }
  Json task;
  const auto known = std::ssize(rows) - unknown;
  task["n"] = known;
  task["n_unknown"] = unknown;
  task["few_examples"] = known < kFewExamples;
  note_bootstrap(task, known);
  task["classes"] = classes;
  answers.write(task, options);
  return task;
}

}  // namespace codectrace::evaluate
