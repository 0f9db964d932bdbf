#pragma once

#include <filesystem>
#include <string>

#include "evaluate/results.h"
#include "evaluate/score_metrics_config.h"
#include "evaluate/score_table.h"
#include "protocol/list_reader.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {

struct JoinedScores {
  ScoreTable table;  ///< in list order
  Counts counts;
};

/// A score file and the list that says what its utterances are, brought together by id.
/// @param list  consumed
/// @throws Error(BadData) naming file, line and id: as ScoreFileReader and score_columns; an
///         utterance scored twice, unless list.allow_duplicates, which keeps the first; one that
///         only one of the two files has, unless partial; a probability outside [0, 1]
[[nodiscard]] JoinedScores join_scores(const ScoreMetricsConfig& config,
                                       protocol::ProtocolList list,
                                       const protocol::Taxonomy& taxonomy);

}  // namespace codectrace::evaluate
