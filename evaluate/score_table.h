#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/list_reader.h"

namespace codectrace::evaluate {

/// A task that the model answers.
struct ScoredTask {
  std::string name;                  ///< "VQ"
  std::vector<std::string> classes;  ///< in the taxonomy's order
};

/// How much an utterance looks bona fide. Both rise together; the second doesn't saturate.
struct DetectionScore {
  double probability = 0;  ///< P(bona fide)
  double log_odds = 0;     ///< ln P - ln(1 - P)
};

struct ScoredUtterance {
  std::string id;
  std::string speaker;  ///< may be empty
  std::string origin;   ///< codec or system; may be empty
  protocol::Label label = protocol::Label::Spoof;
  std::vector<int> codes;      ///< true class of each task, kUnknown where not known
  DetectionScore detection;    ///< of a model that detects
  std::vector<double> logits;  ///< of all tasks one after the other, each in class order
};

/// Who was scored and how, in list order: what every figure and page is made from.
class ScoreTable {
 public:
  /// @param origin_name  "codec", "system" or "origin": what ScoredUtterance::origin is
  ScoreTable(std::vector<ScoredTask> tasks, std::string origin_name);

  /// @throws Error(BadData) naming the utterance if a logit isn't finite
  void add(ScoredUtterance utterance);

  [[nodiscard]] const std::vector<ScoredTask>& tasks() const { return tasks_; }
  [[nodiscard]] const std::string& origin_name() const { return origin_name_; }
  [[nodiscard]] std::size_t size() const { return utterances_.size(); }
  [[nodiscard]] const ScoredUtterance& operator[](std::size_t row) const {
    return utterances_[row];
  }
  [[nodiscard]] std::span<const double> logits(std::size_t row, std::size_t task) const;
  /// Index into tasks().
  [[nodiscard]] std::optional<std::size_t> find_task(std::string_view name) const;

  /// Whether the model tells bona fide from spoof: it has the BIN head, or several of the others.
  [[nodiscard]] bool detects() const { return detects_; }
  /// @pre detects()
  [[nodiscard]] const DetectionScore& detection(std::size_t row) const {
    return utterances_[row].detection;
  }

  /// scores.tsv: header, then a line an utterance in list order, in full precision;
  /// docs/results.md.
  [[nodiscard]] std::string to_tsv() const;
  /// @param classes  of each task that the file has logits for
  /// @throws Error(BadData) naming file and line
  static ScoreTable from_tsv(const std::filesystem::path& path,
                             const std::map<std::string, std::vector<std::string>>& classes);

 private:
  std::vector<ScoredTask> tasks_;
  std::string origin_name_;
  bool detects_;
  std::vector<ScoredUtterance> utterances_;
};

}  // namespace codectrace::evaluate
