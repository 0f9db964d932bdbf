#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/config.h"
#include "evaluate/score_table.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {

enum class ScoreFormat { Text, Csv, JsonDocument };
constexpr std::array<config::EnumName<ScoreFormat>, 3> enum_names(ScoreFormat) {
  return {{{ScoreFormat::Text, "text"},
           {ScoreFormat::Csv, "csv"},
           {ScoreFormat::JsonDocument, "json"}}};
}

/// A file and what the model says of it.
struct FileScore {
  std::string file;
  DetectionScore detection;
  std::vector<std::vector<double>> logits;  ///< one a task, in class order
};

/// A file that has no score, and why.
struct UnscoredFile {
  std::string file;
  std::string reason;
};

/// How `codectrace score` writes scores. Logits are float32 and read back to the same; scores and
/// probabilities are doubles made of them.
class ScoreOutput {
 public:
  enum class Logits { Hide, Show };
  /// @param tasks   what the model answers, in its order
  /// @param logits  in text and CSV; JSON always has them
  ScoreOutput(std::vector<protocol::Task> tasks, Logits logits)
      : tasks_(std::move(tasks)), logits_(logits) {}

  /// A line with the verdict, then one a task: the class taken, and the probability of each.
  [[nodiscard]] std::string text(const FileScore& score) const;

  /// file, verdict, score; of each task its class, `p_TASK_CLASS` and `logit_TASK_CLASS`.
  [[nodiscard]] std::string csv_header() const;
  [[nodiscard]] std::string csv(const FileScore& score) const;

  /// codectrace.score/1, docs/scoring.md; all files at once. Text that isn't UTF-8 gets U+FFFD.
  [[nodiscard]] std::string json(const std::vector<FileScore>& scores,
                                 const std::vector<UnscoredFile>& unscored) const;

 private:
  std::vector<protocol::Task> tasks_;
  Logits logits_;
};

}  // namespace codectrace::evaluate
