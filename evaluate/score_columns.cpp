#include "evaluate/score_columns.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::evaluate {
namespace {

constexpr const char* kBinTask = "BIN";

std::optional<std::size_t> find(const std::vector<std::string>& header, const std::string& name) {
  const auto found = std::ranges::find(header, name);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

/// The columns of one task's class scores; empty if the header lacks them.
std::vector<std::size_t> class_columns(const std::vector<std::string>& header,
                                       const protocol::Task& task) {
  std::vector<std::size_t> columns;
  for (std::size_t c = 0; c < task.classes.size(); ++c) {
    const auto column = find(header, fmt::format("logit_{}_{}", task.name, c));
    if (!column) return {};
    columns.push_back(*column);
  }
  return columns;
}

void take_detection(ScoreColumns& columns, const ScoreFileReader& file) {
  const auto& header = file.header();
  auto score = find(header, "score");
  if (!score) score = find(header, "cm-score");
  if (!score) file.fail("the header has no column \"score\" or \"cm-score\"");
  columns.detection = DetectionColumns::Score;
  columns.taken = {*score};
  if (const auto log_odds = find(header, "log_odds")) {
    columns.detection = DetectionColumns::ScoreAndLogOdds;
    columns.taken.push_back(*log_odds);
  }
  columns.num_detection = columns.taken.size();
}

ScoreColumns named_columns(const ScoreFileReader& file, const std::string& task,
                           const protocol::Taxonomy& taxonomy) {
  ScoreColumns columns;
  std::vector<std::size_t> class_scores;
  for (const auto& known : taxonomy.tasks()) {
    const auto found = class_columns(file.header(), known);
    if (found.empty() || task == kBinTask || (!task.empty() && task != known.name)) continue;
    columns.tasks.push_back({known.name, known.classes});
    class_scores.insert(class_scores.end(), found.begin(), found.end());
  }
  if (columns.tasks.empty()) {
    if (!task.empty() && task != kBinTask) {
      file.fail(fmt::format("the header has no columns logit_{0}_0, logit_{0}_1, …", task));
    }
    columns.tasks.push_back({kBinTask, taxonomy.task(kBinTask).classes});
  }
  if (ScoreTable(columns.tasks, "").detects()) take_detection(columns, file);
  columns.taken.insert(columns.taken.end(), class_scores.begin(), class_scores.end());
  if (const auto seconds = find(file.header(), "seconds")) {
    columns.has_seconds = true;
    columns.taken.push_back(*seconds);
  }
  return columns;
}

ScoreColumns unnamed_columns(const ScoreFileReader& file, const std::string& task,
                             const protocol::Taxonomy& taxonomy) {
  const auto& answered = taxonomy.task(task.empty() ? kBinTask : task);
  ScoreColumns columns;
  columns.tasks = {{answered.name, answered.classes}};
  columns.taken.resize(file.width());
  std::iota(columns.taken.begin(), columns.taken.end(), std::size_t{0});
  if (answered.name != kBinTask) {
    if (file.width() == answered.classes.size()) return columns;
    file.fail(fmt::format("{} numbers, but {} has {} classes", file.width(), answered.name,
                          answered.classes.size()));
  }
  if (file.width() == 0 || file.width() > 2) {
    file.fail(
        fmt::format("{} numbers; bona fide or spoof has a score or two logits; say --task if "
                    "these are classes",
                    file.width()));
  }
  columns.detection = file.width() == 1 ? DetectionColumns::Score : DetectionColumns::TwoLogits;
  columns.num_detection = file.width();
  return columns;
}

}  // namespace

ScoreColumns score_columns(const ScoreFileReader& file, const std::string& task,
                           const protocol::Taxonomy& taxonomy) {
  return file.header().empty() ? unnamed_columns(file, task, taxonomy)
                               : named_columns(file, task, taxonomy);
}

}  // namespace codectrace::evaluate
