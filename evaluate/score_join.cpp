#include "evaluate/score_join.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "comm/agreement.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "evaluate/earliest_complaint.h"
#include "evaluate/packed_rows.h"
#include "evaluate/score_columns.h"
#include "evaluate/score_file_reader.h"
#include "evaluate/spread_list.h"
#include "evaluate/spread_rows.h"
#include "evaluate/text_part.h"

namespace codectrace::evaluate {
namespace {

constexpr std::size_t kNamed = 5;  // ids that a message shows

/// Ids of only one of the two files: how many, and the first few.
class Strays {
 public:
  void add(const SpreadRows::Row& row) {
    ++count_;
    first_.emplace(row.line, row.id);
    if (first_.size() > kNamed) first_.erase(std::prev(first_.end()));
  }
  /// Collective: those of all ranks.
  void sum_over(comm::Communicator& comm) {
    count_ = comm.reduced(count_, comm::Reduce::Sum);
    RowPacker packer;
    for (const auto& [line, id] : first_) {
      packer.number(line);
      packer.text(id);
    }
    for (const auto& packed : comm.gathered_texts(packer.bytes)) {
      RowReader reader(packed);
      while (!reader.at_end()) {
        const auto line = reader.number<std::int64_t>();
        first_.emplace(line, reader.text());
      }
    }
    while (first_.size() > kNamed) first_.erase(std::prev(first_.end()));
  }
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] std::string names() const {
    return fmt::format("{}{}", fmt::join(first_ | std::views::values, ", "),
                       count_ > std::ssize(first_) ? ", …" : "");
  }

 private:
  std::int64_t count_ = 0;
  std::map<std::int64_t, std::string> first_;  // by line
};

/// A listed utterance and its line of scores: positions among the rows of both.
struct Match {
  std::uint32_t listed = 0;
  std::uint32_t scored = 0;
};

/// Who is in both files, and who in one of them only. Both are this rank's, by id.
struct Matches {
  std::vector<Match> both;
  Strays unlisted;
  Strays unscored;
  std::int64_t scored_twice = 0;
};

Matches match(const std::vector<SpreadRows::Row>& listed,
              const std::vector<SpreadRows::Row>& scored, EarliestComplaint& scored_twice) {
  Matches matches;
  std::size_t s = 0;
  const auto skip_unlisted = [&](std::string_view before) {
    for (; s < scored.size() && scored[s].id < before; ++s) matches.unlisted.add(scored[s]);
  };
  for (std::size_t l = 0; l < listed.size(); ++l) {
    skip_unlisted(listed[l].id);
    if (s == scored.size() || scored[s].id != listed[l].id) {
      matches.unscored.add(listed[l]);
      continue;
    }
    matches.both.push_back({static_cast<std::uint32_t>(l), static_cast<std::uint32_t>(s)});
    const auto first_line = scored[s].line;
    for (++s; s < scored.size() && scored[s].id == listed[l].id; ++s) {
      ++matches.scored_twice;
      if (!scored_twice.is_earlier(scored[s].line)) continue;
      scored_twice.note(scored[s].line,
                        fmt::format("{}: is scored in line {} already; remove one of them, or keep "
                                    "the first with --allow-duplicates",
                                    scored[s].id, first_line));
    }
  }
  for (; s < scored.size(); ++s) matches.unlisted.add(scored[s]);
  return matches;
}

/// The numbers of matched utterances.
class MatchedNumbers {
 public:
  MatchedNumbers(const SpreadRows& scored, const std::vector<Match>& matches, std::size_t width)
      : scored_(scored), matches_(matches), numbers_(width) {}

  [[nodiscard]] std::size_t size() const { return matches_.size(); }
  [[nodiscard]] const SpreadRows::Row& row(std::size_t i) const {
    return scored_.rows()[matches_[i].scored];
  }
  /// Valid until the next call.
  [[nodiscard]] std::span<const double> of(std::size_t i) {
    RowReader reader(row(i).rest);
    for (auto& number : numbers_) number = reader.number<double>();
    return numbers_;
  }

 private:
  const SpreadRows& scored_;
  const std::vector<Match>& matches_;
  std::vector<double> numbers_;
};

void require_same_utterances(const ScoreMetricsConfig& config, const Strays& unlisted,
                             const Strays& unscored) {
  if (config.partial || (unlisted.count() == 0 && unscored.count() == 0)) return;
  const auto complaint = [](const Strays& strays, const char* what) {
    return strays.count() == 0 ? std::string()
                               : fmt::format("; {} {}: {}", strays.count(), what, strays.names());
  };
  throw Error(ErrorKind::BadData,
              fmt::format("{} and {} aren't about the same utterances{}{}; with --partial they are "
                          "left out",
                          config.scores, config.protocol, complaint(unscored, "without a score"),
                          complaint(unlisted, "not in the list")));
}

bool is_probability(double x) { return x >= 0 && x <= 1; }

/// Of a row's numbers those of all tasks' classes.
std::span<const double> class_scores(std::span<const double> row, const ScoreColumns& columns) {
  const std::size_t behind = columns.has_seconds ? 1 : 0;
  return row.subspan(columns.num_detection, row.size() - columns.num_detection - behind);
}

/// Whether each row's class scores of every task are probabilities.
bool are_probabilities(MatchedNumbers& numbers, const ScoreColumns& columns) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    auto rest = class_scores(numbers.of(i), columns);
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

/// Collective.
ScoreKind score_kind(const ScoreMetricsConfig& config, MatchedNumbers& numbers,
                     const ScoreColumns& columns, comm::Communicator& comm) {
  if (columns.detection == DetectionColumns::TwoLogits) {
    if (config.score_kind != ScoreKindChoice::Probability) return ScoreKind::Llr;
    throw Error(ErrorKind::Usage, fmt::format("{} has two columns, which are logits; leave out "
                                              "--score-kind probability",
                                              config.scores));
  }
  if (columns.detection != DetectionColumns::Score) return ScoreKind::Probability;
  if (config.score_kind == ScoreKindChoice::Llr) return ScoreKind::Llr;
  EarliestComplaint none(config.scores);
  bool all = true;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double score = numbers.of(i)[0];
    if (is_probability(score)) continue;
    all = false;
    if (!none.is_earlier(numbers.row(i).line)) continue;
    none.note(numbers.row(i).line,
              fmt::format("{} is no probability; leave out --score-kind probability", score));
  }
  if (config.score_kind == ScoreKindChoice::Probability) none.raise(comm);
  return comm.any(!all) ? ScoreKind::Llr : ScoreKind::Probability;
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

/// Collective.
ScoreTable make_table(const ScoreMetricsConfig& config, const SpreadRows& listed,
                      const std::vector<Match>& matches, MatchedNumbers& numbers,
                      const ScoreColumns& columns, const protocol::Taxonomy& taxonomy,
                      comm::Communicator& comm) {
  const auto kind = score_kind(config, numbers, columns, comm);
  const bool probabilities = !comm.any(!are_probabilities(numbers, columns));
  const ScoreMeaning meaning{kind, probabilities ? AnswerKind::Probabilities : AnswerKind::Logits};
  std::vector<std::size_t> code_of_task;
  for (const auto& task : columns.tasks) code_of_task.push_back(taxonomy.task_index(task.name));
  ScoreTable table(columns.tasks, origin_name(config.dataset), meaning);
  table.reserve(matches.size());
  EarliestComplaint not_finite(config.scores);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    auto entry = SpreadList::entry(listed.rows()[matches[i].listed]);
    const auto row = numbers.of(i);
    const auto answers = class_scores(row, columns);
    ScoredUtterance scored{std::move(entry.id),
                           std::move(entry.speaker),
                           std::move(entry.origin),
                           entry.label,
                           {},
                           detection_score(row, columns.detection, meaning.score),
                           {answers.begin(), answers.end()}};
    if (columns.has_seconds) scored.seconds = row.back();
    for (const auto code : code_of_task) scored.codes.push_back(entry.codes[code]);
    if (std::isnan(scored.detection.log_odds)) {
      not_finite.note(numbers.row(i).line, fmt::format("{}: both logits are infinite", scored.id));
    } else if (!std::ranges::all_of(scored.logits, [](double x) { return std::isfinite(x); })) {
      not_finite.note(numbers.row(i).line,
                      fmt::format("{}: a class's score is not finite", scored.id));
    } else {
      table.add(std::move(scored));
    }
  }
  not_finite.raise(comm);
  return table;
}

/// This rank's part of the file to those who have the ids. Collective.
RowSender read_part(const ScoreFileReader& whole, const TextPart& part, const IdRanges& ranges,
                    comm::Communicator& comm) {
  RowSender sender(ranges, comm);
  comm::together(comm, [&] {
    auto lines = whole.part(part.text, part.first_line);
    RowPacker rest;
    while (lines.next()) {
      rest.bytes.clear();
      for (const double number : lines.values()) rest.number(number);
      sender.add(lines.id(), lines.line(), rest);
    }
  });
  return sender;
}

/// What a score file holds, spread over ranks as the list is. Collective.
struct ScoreRows {
  ScoreColumns columns;
  std::unique_ptr<SpreadRows> rows;
};

ScoreRows read_scores(const ScoreMetricsConfig& config, const IdRanges& ranges,
                      const protocol::Taxonomy& taxonomy, comm::Communicator& comm) {
  std::optional<MappedFile> file;
  std::string_view text;
  std::optional<ScoreFileReader> lines;
  ScoreColumns columns;
  comm::together(comm, [&] {
    file.emplace(config.scores);
    text = {reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()};
    lines.emplace(text, config.scores);
    columns = score_columns(*lines, upper_case(config.task), taxonomy);
    lines->take(columns.taken);
  });
  auto sender = read_part(*lines, part_of_text(text, comm), ranges, comm);
  file.reset();
  return {std::move(columns), std::make_unique<SpreadRows>(std::move(sender), comm)};
}

}  // namespace

JoinedScores join_scores(const ScoreMetricsConfig& config, const protocol::Taxonomy& taxonomy,
                         comm::Communicator& comm) {
  const auto list =
      read_spread_list(config.protocol, taxonomy, config.list.options(config.dataset), comm);
  const auto scores = read_scores(config, list.ranges, taxonomy, comm);
  EarliestComplaint scored_twice(config.scores);
  auto matches = match(list.rows->rows(), scores.rows->rows(), scored_twice);
  if (!config.list.allow_duplicates) scored_twice.raise(comm);
  matches.unlisted.sum_over(comm);
  matches.unscored.sum_over(comm);
  require_same_utterances(config, matches.unlisted, matches.unscored);
  Counts counts;
  counts.listed = list.num_listed;
  counts.scored = list.num_listed - matches.unscored.count();
  counts.unlisted = matches.unlisted.count();
  counts.unscored = matches.unscored.count();
  counts.scored_twice = comm.reduced(matches.scored_twice, comm::Reduce::Sum);
  counts.label_typos = list.report.label_typos;
  counts.duplicates = list.report.duplicates;
  counts.unknown_origins = list.report.unknown_origins;
  MatchedNumbers numbers(*scores.rows, matches.both, scores.columns.taken.size());
  return {make_table(config, *list.rows, matches.both, numbers, scores.columns, taxonomy, comm),
          counts};
}

}  // namespace codectrace::evaluate
