#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "evaluate/score_file_reader.h"
#include "evaluate/score_table.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {

/// What a file says of bona fide against spoof.
enum class DetectionColumns {
  None,
  Score,            ///< a probability or a log-likelihood ratio
  ScoreAndLogOdds,  ///< P(bona fide), and the same as log odds
  TwoLogits         ///< bona fide's first, as SAST Net's files have it
};

/// What the columns of a score file are.
struct ScoreColumns {
  DetectionColumns detection = DetectionColumns::None;
  std::vector<ScoredTask> tasks;   ///< BIN among them if that is all the file is about
  std::vector<std::size_t> taken;  ///< of detection, of all tasks' class scores, seconds
  std::size_t num_detection = 0;   ///< how many of them are detection's
  bool has_seconds = false;        ///< the last taken is how long the utterance is
};

/// By the header; of a file without one by `task`.
/// @param task  "" for BIN, or for all tasks that a header names
/// @throws Error(BadData) if the columns aren't those of the task; Error(Usage) if the taxonomy
///         has no such task
[[nodiscard]] ScoreColumns score_columns(const ScoreFileReader& file, const std::string& task,
                                         const protocol::Taxonomy& taxonomy);

}  // namespace codectrace::evaluate
