#pragma once

#include "comm/communicator.h"
#include "core/error.h"
#include "preprocess/config.h"

namespace codectrace::preprocess {

/// Audio files → corpus directory. Collective. Shards are shared out dynamically; what each holds
/// is a function of the files and the config alone, so the corpus has the same bytes for any number
/// of ranks, and after any interruption: run again, it redoes only the shards that are missing.
/// @returns Done, also if the corpus was finished already; Interrupted after a stop signal
/// @throws Error(Usage): a config that can't be, or a directory begun with another config or from
///         other input; Error(BadData): what the policy doesn't accept, or all files left out;
///         Error(Environment) on I/O
ExitCode run(const Config& config, comm::Communicator& comm);

}  // namespace codectrace::preprocess
