#include "evaluate/score_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "metrics/classification.h"

namespace codectrace::evaluate {
namespace {

constexpr std::string_view kBinTask = "BIN";
std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, separator);) fields.push_back(field);
  if (line.empty() || line.back() == separator) fields.emplace_back();
  return fields;
}

double parse_number(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) {
    throw Error(ErrorKind::BadData, fmt::format("\"{}\" is not a number", text));
  }
  return value;
}

/// "logit_VQ_0" → "VQ"
std::optional<std::string> task_of_logit_column(const std::string& column) {
  constexpr std::string_view kPrefix = "logit_";
  const auto last = column.rfind('_');
  if (!column.starts_with(kPrefix) || last < kPrefix.size()) return std::nullopt;
  return column.substr(kPrefix.size(), last - kPrefix.size());
}

/// Field names of one file and where they are.
class TsvHeader {
 public:
  explicit TsvHeader(const std::string& line) : names_(split(line, '\t')) {}

  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const {
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names_.begin());
  }
  [[nodiscard]] std::size_t require(std::string_view name) const {
    if (const auto column = find(name)) return *column;
    throw Error(ErrorKind::BadData, fmt::format("the header lacks the column \"{}\"", name));
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

std::vector<ScoredTask> tasks_of(const TsvHeader& header,
                                 const std::map<std::string, std::vector<std::string>>& classes) {
  std::vector<ScoredTask> tasks;
  for (const auto& column : header.names()) {
    const auto task = task_of_logit_column(column);
    if (!task || (!tasks.empty() && tasks.back().name == *task)) continue;
    const auto found = classes.find(*task);
    if (found == classes.end()) {
      throw Error(ErrorKind::BadData, fmt::format("the classes of task {} are not known", *task));
    }
    tasks.push_back({*task, found->second});
  }
  return tasks;
}

int code_of(const ScoredTask& task, const std::string& name) {
  if (name == "-") return protocol::kUnknown;
  const auto found = std::ranges::find(task.classes, name);
  if (found == task.classes.end()) {
    throw Error(ErrorKind::BadData, fmt::format("{} has no class \"{}\"", task.name, name));
  }
  return static_cast<int>(found - task.classes.begin());
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }
std::string or_empty(const std::string& text) { return text == "-" ? "" : text; }

protocol::Label parse_label(const std::string& text) {
  if (text == "bonafide") return protocol::Label::BonaFide;
  if (text == "spoof") return protocol::Label::Spoof;
  throw Error(ErrorKind::BadData, fmt::format("label \"{}\" is neither bonafide nor spoof", text));
}

ScoredUtterance parse_row(const std::string& line, const TsvHeader& header,
                          const ScoreTable& table) {
  const auto fields = split(line, '\t');
  if (fields.size() != header.names().size()) {
    throw Error(ErrorKind::BadData, fmt::format("{} columns where the header has {}", fields.size(),
                                                header.names().size()));
  }
  ScoredUtterance row;
  row.id = fields[header.require("id")];
  row.label = parse_label(fields[header.require("label")]);
  row.origin = or_empty(fields[header.require(table.origin_name())]);
  row.speaker = or_empty(fields[header.require("speaker")]);
  if (const auto seconds = header.find("seconds")) row.seconds = parse_number(fields[*seconds]);
  if (table.detects()) {
    row.detection = {parse_number(fields[header.require("score")]),
                     parse_number(fields[header.require("log_odds")])};
  }
  for (const auto& task : table.tasks()) {
    const auto column = header.find(task.name);
    row.codes.push_back(column ? code_of(task, fields[*column]) : static_cast<int>(row.label));
    const auto first = header.require(fmt::format("logit_{}_0", task.name));
    for (std::size_t c = 0; c < task.classes.size(); ++c) {
      row.logits.push_back(parse_number(fields.at(first + c)));
    }
  }
  return row;
}

}  // namespace

ScoreTable::ScoreTable(std::vector<ScoredTask> tasks, std::string origin_name, ScoreMeaning meaning)
    : tasks_(std::move(tasks)),
      origin_name_(std::move(origin_name)),
      meaning_(meaning),
      detects_(find_task(kBinTask).has_value() || tasks_.size() > 1) {}

void ScoreTable::add(ScoredUtterance utterance) {
  if (!std::ranges::all_of(utterance.logits, [](double x) { return std::isfinite(x); })) {
    throw Error(ErrorKind::BadData,
                fmt::format("utterance {}: the model's answer is not finite; its weights or this "
                            "utterance's samples are damaged",
                            utterance.id));
  }
  utterances_.push_back(std::move(utterance));
}

std::span<const double> ScoreTable::logits(std::size_t row, std::size_t task) const {
  std::size_t first = 0;
  for (std::size_t t = 0; t < task; ++t) first += tasks_[t].classes.size();
  return std::span(utterances_[row].logits).subspan(first, tasks_[task].classes.size());
}

std::vector<double> ScoreTable::probabilities(std::size_t row, std::size_t task) const {
  const auto numbers = logits(row, task);
  if (meaning_.answers == AnswerKind::Logits) return metrics::softmax(numbers);
  return {numbers.begin(), numbers.end()};
}

std::optional<std::size_t> ScoreTable::find_task(std::string_view name) const {
  const auto found = std::ranges::find(tasks_, name, &ScoredTask::name);
  if (found == tasks_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - tasks_.begin());
}

std::string ScoreTable::to_tsv() const {
  std::string text = "id";
  if (detects()) text += "\tscore\tlog_odds";
  text += "\tlabel\t" + origin_name_ + "\tspeaker";
  const bool have_seconds = size() > 0 && utterances_.front().seconds.has_value();
  if (have_seconds) text += "\tseconds";
  for (const auto& task : tasks_) {
    if (task.name != kBinTask) text += "\t" + task.name;  // BIN's truth is the label
  }
  for (const auto& task : tasks_) {
    for (std::size_t c = 0; c < task.classes.size(); ++c) {
      text += fmt::format("\tlogit_{}_{}", task.name, c);
    }
  }
  text += '\n';
  for (std::size_t row = 0; row < size(); ++row) {
    const auto& utterance = utterances_[row];
    text += utterance.id;
    if (detects()) {
      text +=
          fmt::format("\t{}\t{}", utterance.detection.probability, utterance.detection.log_odds);
    }
    text += utterance.label == protocol::Label::BonaFide ? "\tbonafide" : "\tspoof";
    text += fmt::format("\t{}\t{}", or_dash(utterance.origin), or_dash(utterance.speaker));
    if (have_seconds) text += fmt::format("\t{}", utterance.seconds.value_or(0));
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      if (tasks_[t].name == kBinTask) continue;
      const int code = utterance.codes[t];
      text +=
          fmt::format("\t{}", code < 0 ? "-" : tasks_[t].classes[static_cast<std::size_t>(code)]);
    }
    // The model's float32, in the fewest digits that read back to it.
    for (const double logit : utterance.logits)
      text += fmt::format("\t{}", static_cast<float>(logit));
    text += '\n';
  }
  return text;
}

ScoreTable ScoreTable::from_tsv(const std::filesystem::path& path,
                                const std::map<std::string, std::vector<std::string>>& classes) {
  std::istringstream lines(read_file(path));
  std::string line;
  std::getline(lines, line);
  int number = 1;
  try {
    const TsvHeader header(line);
    std::string origin_name = "origin";
    for (const auto* name : {"codec", "system"}) {
      if (header.find(name)) origin_name = name;
    }
    ScoreTable table(tasks_of(header, classes), origin_name);
    while (std::getline(lines, line)) {
      ++number;
      table.add(parse_row(line, header, table));
    }
    return table;
  } catch (const Error& error) {
    throw error.within(fmt::format("{}:{}", path.string(), number));
  }
}

}  // namespace codectrace::evaluate
