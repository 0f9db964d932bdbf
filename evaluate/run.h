#pragma once

#include "comm/communicator.h"
#include "core/error.h"
#include "evaluate/config.h"
#include "evaluate/table.h"

namespace codectrace::evaluate {

/// Scores a protocol list's utterances with a checkpoint, on all ranks, and writes the results
/// directory `config.out`; prints a table of results and the report's path to stdout.
///
/// Scores are kept in `<out>.partial` as they are made: run again, an evaluation that was ended
/// goes on where it was, on any number of ranks. A finished one is recognised.
///
/// Collective.
/// @param format  of what is printed
/// @returns Interrupted if a stop was requested before all was scored
/// @throws Error(Usage): a path lacks; the taxonomy isn't the checkpoint's; `out` holds results of
///         other inputs. Error(BadData): checkpoint, corpus or list
[[nodiscard]] ExitCode run(const EvaluateConfig& config, comm::Communicator& comm,
                           TableFormat format = TableFormat::Text);

}  // namespace codectrace::evaluate
