#pragma once

#include "comm/communicator.h"
#include "core/error.h"
#include "evaluate/score_metrics_config.h"

namespace codectrace::evaluate {

/// Figures of a score file against a protocol list → one results.json and a table on stdout.
/// Collective: rank 0 does it.
/// @throws Error(Usage) if a path lacks; Error(BadData) as read_list, join_scores and make_results;
///         nothing is written then
ExitCode score_metrics(const ScoreMetricsConfig& config, comm::Communicator& comm);

}  // namespace codectrace::evaluate
