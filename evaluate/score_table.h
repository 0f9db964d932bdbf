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

/// What an utterance's score is on paper, and what thresholds are given in.
enum class ScoreKind {
  Probability,  ///< P(bona fide), in [0, 1]
  Llr           ///< a log-likelihood ratio, any number
};

/// What the numbers of a task of several classes are.
enum class AnswerKind { Logits, Probabilities };

/// How the numbers of a table are to be read.
struct ScoreMeaning {
  ScoreKind score = ScoreKind::Probability;
  AnswerKind answers = AnswerKind::Logits;
};

/// How much an utterance looks bona fide. Both rise together; the second doesn't saturate.
struct DetectionScore {
  double probability = 0;  ///< P(bona fide)
  double log_odds = 0;     ///< ln P - ln(1 - P); of ScoreKind::Llr the score itself
  /// What the published code ranks by, where a file has it; else what its own score file would
  /// hold: `probability` as float32.
  std::optional<double> reference = std::nullopt;
};

struct ScoredUtterance {
  std::string id;
  std::string speaker;  ///< may be empty
  std::string origin;   ///< codec or system; may be empty
  protocol::Label label = protocol::Label::Spoof;
  std::vector<int> codes;      ///< true class of each task, kUnknown where not known
  DetectionScore detection;    ///< of a model that detects
  std::vector<double> logits;  ///< of all tasks one after the other, each in class order
  std::optional<double> seconds = std::nullopt;  ///< how long it is, where that is known
};

/// Who was scored and how, in list order: what every figure and page is made from.
class ScoreTable {
 public:
  /// @param origin_name  "codec", "system" or "origin": what ScoredUtterance::origin is
  ScoreTable(std::vector<ScoredTask> tasks, std::string origin_name, ScoreMeaning meaning = {});

  void reserve(std::size_t rows) { utterances_.reserve(rows); }
  /// @throws Error(BadData) naming the utterance if a number of `logits` isn't finite
  void add(ScoredUtterance utterance);

  [[nodiscard]] const std::vector<ScoredTask>& tasks() const { return tasks_; }
  [[nodiscard]] const std::string& origin_name() const { return origin_name_; }
  [[nodiscard]] std::size_t size() const { return utterances_.size(); }
  [[nodiscard]] const ScoredUtterance& operator[](std::size_t row) const {
    return utterances_[row];
  }
  [[nodiscard]] const ScoreMeaning& meaning() const { return meaning_; }
  /// Probabilities, if that is what the table holds.
  [[nodiscard]] std::span<const double> logits(std::size_t row, std::size_t task) const;
  /// Class probabilities, by softmax if need be.
  [[nodiscard]] std::vector<double> probabilities(std::size_t row, std::size_t task) const;
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
  ScoreMeaning meaning_;
  bool detects_;
  std::vector<ScoredUtterance> utterances_;
};

}  // namespace codectrace::evaluate
