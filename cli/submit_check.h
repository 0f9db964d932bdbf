#pragma once

#include "slurm/stage_request.h"

namespace codectrace::cli {

/// What the stage itself would say at its start about its config, said before the job waits in a
/// queue: unknown keys, wrong types, values that contradict each other, or don't fit the ranks.
/// @throws Error(Usage)
void check_task(slurm::Stage stage, const slurm::Task& task, const slurm::Resources& resources);

}  // namespace codectrace::cli
