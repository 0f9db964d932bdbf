#pragma once

#include <functional>

#include "comm/communicator.h"
#include "core/error.h"

namespace codectrace::cli {

/// What a subcommand wants run, once the command line is read: noted by its callback, called by
/// main.
using Job = std::function<ExitCode(comm::Communicator&)>;

}  // namespace codectrace::cli
