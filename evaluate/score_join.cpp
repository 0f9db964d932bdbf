#include "evaluate/score_join.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/mapped_file.h"
#include "evaluate/score_columns.h"
#include "evaluate/score_file_reader.h"

namespace codectrace::evaluate {
namespace {

constexpr std::size_t kNamed = 5;  // ids that a message shows

/// Ids of only one of the two files: how many, and the first few.
struct Strays {
  std::int64_t count = 0;
  std::vector<std::string> first;
  void add(std::string_view id) {
    if (++count <= static_cast<std::int64_t>(kNamed)) first.emplace_back(id);
  }
  [[nodiscard]] std::string names() const {
    return fmt::format("{}{}", fmt::join(first, ", "), count > std::ssize(first) ? ", …" : "");
  }
};

/// The numbers of each listed utterance.
class NumbersByEntry {
 public:
  NumbersByEntry(const protocol::ProtocolList& list, std::size_t width)
      : width_(width), numbers_(list.entries.size() * width), lines_(list.entries.size()) {
    index_.reserve(list.entries.size());
    for (std::size_t i = 0; i < list.entries.size(); ++i) index_.emplace(list.entries[i].id, i);
  }

  void read(ScoreFileReader& file, protocol::OnDuplicate on_duplicate) {
    while (file.next()) {
      const auto found = index_.find(file.id());
      if (found == index_.end()) {
        unlisted.add(file.id());
      } else if (auto& line = lines_[found->second]; line == 0) {
        line = file.line();
        std::ranges::copy(file.values(),
                          numbers_.begin() + static_cast<std::ptrdiff_t>(found->second * width_));
      } else if (on_duplicate == protocol::OnDuplicate::KeepFirst) {
        ++scored_twice;
      } else {
        file.fail(
            fmt::format("is scored in line {} already; remove one of them, or keep the first "
                        "with --allow-duplicates",
                        line));
      }
    }
  }

  /// 0: the file doesn't have it.
  [[nodiscard]] std::int64_t line(std::size_t entry) const { return lines_[entry]; }
  [[nodiscard]] std::span<const double> of(std::size_t entry) const {
    return std::span(numbers_).subspan(entry * width_, width_);
  }
  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  /// The index points into the list's ids.
  void forget_ids() { index_ = {}; }

  Strays unlisted;
  std::int64_t scored_twice = 0;

 private:
  std::size_t width_;
  std::vector<double> numbers_;
  std::vector<std::int64_t> lines_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

Strays unscored(const protocol::ProtocolList& list, const NumbersByEntry& numbers) {
  Strays strays;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers.line(i) == 0) strays.add(list.entries[i].id);
  }
  return strays;
}

void require_same_utterances(const ScoreMetricsConfig& config, const Strays& unlisted,
                             const Strays& unscored) {
  if (config.partial || (unlisted.count == 0 && unscored.count == 0)) return;
  const auto complaint = [](const Strays& strays, const char* what) {
    return strays.count == 0 ? std::string()
                             : fmt::format("; {} {}: {}", strays.count, what, strays.names());
  };
  throw Error(ErrorKind::BadData,
              fmt::format("{} and {} aren't about the same utterances{}{}; with --partial they are "
                          "left out",
                          config.scores, config.protocol, complaint(unscored, "without a score"),
                          complaint(unlisted, "not in the list")));
}

bool is_probability(double x) { return x >= 0 && x <= 1; }

/// Whether each row's class scores of every task are probabilities.
bool are_probabilities(const NumbersByEntry& numbers, const ScoreColumns& columns) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers.line(i) == 0) continue;
    auto rest = numbers.of(i).subspan(columns.num_detection);
    for (const auto& task : columns.tasks) {
      if (rest.empty()) break;
      const auto row = rest.first(task.classes.size());
      rest = rest.subspan(row.size());
      double sum = 0;
      for (const double x : row) sum += x;
      constexpr double kRounding = 1e-3;  // of what was printed with few digits
      if (!std::ranges::all_of(row, is_probability) || std::abs(sum - 1) > kRounding) return false;
    }
  }
  return true;
}

ScoreKind score_kind(const ScoreMetricsConfig& config, const NumbersByEntry& numbers,
                     const ScoreColumns& columns) {
  if (columns.detection == DetectionColumns::TwoLogits) {
    if (config.score_kind != ScoreKindChoice::Probability) return ScoreKind::Llr;
    throw Error(ErrorKind::Usage, fmt::format("{} has two columns, which are logits; leave out "
                                              "--score-kind probability",
                                              config.scores));
  }
  if (columns.detection != DetectionColumns::Score) return ScoreKind::Probability;
  if (config.score_kind == ScoreKindChoice::Llr) return ScoreKind::Llr;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers.line(i) == 0 || is_probability(numbers.of(i)[0])) continue;
    if (config.score_kind == ScoreKindChoice::Auto) return ScoreKind::Llr;
    throw Error(ErrorKind::BadData,
                fmt::format("{}:{}: {} is no probability; leave out --score-kind probability",
                            config.scores, numbers.line(i), numbers.of(i)[0]));
  }
  return ScoreKind::Probability;
}

DetectionScore of_log_odds(double log_odds, double reference) {
  return {1 / (1 + std::exp(-log_odds)), log_odds, reference};
}

DetectionScore detection_score(std::span<const double> numbers, DetectionColumns columns,
                               ScoreKind kind) {
  switch (columns) {
    case DetectionColumns::None:
      return {};
    case DetectionColumns::Score:
      if (kind == ScoreKind::Llr) return of_log_odds(numbers[0], numbers[0]);
      return {numbers[0], std::log(numbers[0]) - std::log1p(-numbers[0]), numbers[0]};
    case DetectionColumns::ScoreAndLogOdds:
      return {numbers[0], numbers[1]};
    case DetectionColumns::TwoLogits:
      return of_log_odds(numbers[0] - numbers[1], numbers[0]);
  }
  invariant_failed("columns", "a kind of columns without a score");
}

/// "codec", "system" or "origin"
std::string origin_name(protocol::Layout layout) {
  if (layout == protocol::Layout::Cors) return "codec";
  return layout == protocol::Layout::Cosg ? "system" : "origin";
}

std::string upper_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

ScoreTable make_table(const ScoreMetricsConfig& config, protocol::ProtocolList list,
                      const NumbersByEntry& numbers, const ScoreColumns& columns,
                      const protocol::Taxonomy& taxonomy) {
  const ScoreMeaning meaning{
      score_kind(config, numbers, columns),
      are_probabilities(numbers, columns) ? AnswerKind::Probabilities : AnswerKind::Logits};
  std::vector<std::size_t> code_of_task;
  for (const auto& task : columns.tasks) code_of_task.push_back(taxonomy.task_index(task.name));
  ScoreTable table(columns.tasks, origin_name(config.dataset), meaning);
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    if (numbers.line(i) == 0) continue;
    auto& entry = list.entries[i];
    const auto row = numbers.of(i);
    const auto class_scores = row.subspan(columns.num_detection);
    ScoredUtterance scored{std::move(entry.id),
                           std::move(entry.speaker),
                           std::move(entry.origin),
                           entry.label,
                           {},
                           detection_score(row, columns.detection, meaning.score),
                           {class_scores.begin(), class_scores.end()}};
    for (const auto code : code_of_task) scored.codes.push_back(entry.codes[code]);
    if (std::isnan(scored.detection.log_odds)) {
      throw Error(ErrorKind::BadData, fmt::format("{}:{}: {}: both logits are infinite",
                                                  config.scores, numbers.line(i), scored.id));
    }
    table.add(std::move(scored));
  }
  return table;
}

}  // namespace

JoinedScores join_scores(const ScoreMetricsConfig& config, protocol::ProtocolList list,
                         const protocol::Taxonomy& taxonomy) {
  const MappedFile file(config.scores);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                              file.bytes().size());
  ScoreFileReader lines(text, config.scores);
  const auto columns = score_columns(lines, upper_case(config.task), taxonomy);
  lines.take(columns.taken);
  NumbersByEntry numbers(list, columns.taken.size());
  numbers.read(lines, config.list.allow_duplicates ? protocol::OnDuplicate::KeepFirst
                                                   : protocol::OnDuplicate::Reject);
  const auto without_score = unscored(list, numbers);
  require_same_utterances(config, numbers.unlisted, without_score);
  Counts counts;
  counts.listed = std::ssize(list.entries);
  counts.scored = counts.listed - without_score.count;
  counts.unlisted = numbers.unlisted.count;
  counts.unscored = without_score.count;
  counts.scored_twice = numbers.scored_twice;
  counts.label_typos = list.report.label_typos;
  counts.duplicates = list.report.duplicates;
  counts.unknown_origins = list.report.unknown_origins;
  numbers.forget_ids();
  return {make_table(config, std::move(list), numbers, columns, taxonomy), counts};
}

}  // namespace codectrace::evaluate
