#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/config.h"
#include "evaluate/results.h"
#include "evaluate/score_table.h"
#include "model/network.h"
#include "protocol/list_reader.h"

namespace codectrace::evaluate {

struct MergeOptions {
  std::string origin_name;  ///< "codec", "system" or "origin"
  OnBadAudio on_bad_audio = OnBadAudio::Fail;
  /// Says what DetectionScore::reference is.
  model::ReferenceProgram program = model::ReferenceProgram::W2v2Aasist;
  std::vector<double> seconds;  ///< of each entry; empty: not known
};

struct MergedScores {
  ScoreTable table;
  Counts counts;
};

/// A head's logits from the model's output order into the taxonomy's class order.
[[nodiscard]] std::vector<double> in_class_order(std::span<const float> logits,
                                                 const model::Head& head,
                                                 const protocol::Task& task);

/// The heads' tasks in the taxonomy's classes.
[[nodiscard]] std::vector<ScoredTask> scored_tasks(const std::vector<model::Head>& heads,
                                                   const protocol::Taxonomy& taxonomy);

/// A list's entries and the logits that score_run gave for them → who was scored and how. Logits
/// change from a model's output order to the taxonomy's class order.
/// @param logits  of all heads, entry by entry; NaN for one that couldn't be read
/// @throws Error(BadData) naming the utterance if logits aren't finite and that isn't to be skipped
[[nodiscard]] MergedScores merge_scores(const protocol::ProtocolList& list,
                                        std::span<const float> logits,
                                        const std::vector<model::Head>& heads,
                                        const protocol::Taxonomy& taxonomy,
                                        const MergeOptions& options);

}  // namespace codectrace::evaluate
