#pragma once

#include <filesystem>
#include <span>

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

/// Evaluations of one checkpoint on lists of one corpus: each utterance goes through the network
/// once, whatever number of lists it is in. Results of the first list are those of run() to the
/// byte; scores of the others may differ from theirs in the last digits, since a network's rounding
/// depends on an utterance's place in the batch.
///
/// Collective.
/// @param configs  one or more, which differ in protocol, dataset and out alone
/// @param scores   folder where scores are kept until all results are written; its parent exists
/// @returns, @throws  as run
[[nodiscard]] ExitCode run_lists(std::span<const EvaluateConfig> configs,
                                 const std::filesystem::path& scores, comm::Communicator& comm,
                                 TableFormat format = TableFormat::Text);

}  // namespace codectrace::evaluate
