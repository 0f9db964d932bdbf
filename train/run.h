#pragma once

#include "comm/communicator.h"
#include "core/error.h"
#include "train/config.h"

namespace codectrace::train {

/// Trains: starts a run, goes on with one, or says that it is finished. Writes into config.out what
/// run_directory.h lists.
///
/// Collective. A stop signal (core/stop_signal.h) on any rank, a time limit's warning for example,
/// ends it after the step with a checkpoint.
/// @returns Done, or Interrupted: the same command goes on
/// @throws Error on all ranks: Usage for the config or a run directory of another one, BadData for
///         corpus, lists or checkpoint, Environment
[[nodiscard]] ExitCode run(const Config& config, comm::Communicator& comm);

}  // namespace codectrace::train
