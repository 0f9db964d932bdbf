#pragma once

#include <functional>
#include <memory>

#include "comm/communicator.h"
#include "core/error.h"

namespace codectrace::cli {

/// What a subcommand wants run, once the command line is read: noted by its callback, called by
/// main.
using Job = std::function<ExitCode(comm::Communicator&)>;

/// One process does it, however many were started.
template <class Options>
[[nodiscard]] Job on_root(ExitCode (*run)(const Options&),
                          const std::shared_ptr<Options>& options) {
  return [run, options](comm::Communicator& comm) {
    return comm.is_root() ? run(*options) : ExitCode::Done;
  };
}

}  // namespace codectrace::cli
