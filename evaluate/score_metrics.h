#pragma once

#include "comm/communicator.h"
#include "core/error.h"
#include "evaluate/score_metrics_config.h"
#include "evaluate/table.h"

namespace codectrace::evaluate {

/// Figures of a score file against a protocol list → one results.json and a table on stdout.
/// Collective: ranks share the files and the figures; rank 0 writes. The same bytes on any number.
/// @throws Error(Usage) if a path lacks; Error(BadData) as join_scores and make_results; nothing is
///         written then
ExitCode score_metrics(const ScoreMetricsConfig& config, comm::Communicator& comm,
                       TableFormat format = TableFormat::Text);

}  // namespace codectrace::evaluate
