#pragma once

#include "comm/communicator.h"
#include "core/error.h"
#include "evaluate/sweep_plan.h"

namespace codectrace::evaluate {

/// Runs a sweep's passes, each on one group of ranks, which takes the next when it is done; then
/// compares (evaluate/comparison.h): prints the comparison, and writes comparison.json, .csv and
/// .txt into `out`. What is finished is recognised, so the same command goes on. Lines of the log
/// say which pass they are of.
///
/// Collective. @returns Interrupted if a stop was requested. @throws Error as passes_of and
/// run_lists, on the ranks of one group: the others are ended with the job
[[nodiscard]] ExitCode run_sweep(const SweepConfig& sweep, comm::Communicator& comm);

}  // namespace codectrace::evaluate
