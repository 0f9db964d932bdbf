#pragma once

#include "comm/communicator.h"
#include "evaluate/results.h"
#include "evaluate/score_metrics_config.h"
#include "evaluate/score_table.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {

struct JoinedScores {
  ScoreTable table;  ///< this rank's utterances, by id; ids rise from rank to rank
  Counts counts;     ///< of all ranks
};

/// A score file and the list that says what its utterances are, brought together by id: each rank
/// reads a part of both files and has a range of ids. Nothing that is told or counted depends on
/// how many ranks there are.
///
/// Collective.
/// @throws Error(BadData) naming file, line and id: as read_spread_list, ScoreFileReader and
///         score_columns; an utterance scored twice, unless list.allow_duplicates, which keeps the
///         first; one that only one of the two files has, unless partial; a probability outside
///         [0, 1]
[[nodiscard]] JoinedScores join_scores(const ScoreMetricsConfig& config,
                                       const protocol::Taxonomy& taxonomy,
                                       comm::Communicator& comm);

}  // namespace codectrace::evaluate
