#pragma once

#include <filesystem>

#include "comm/communicator.h"
#include "core/error.h"
#include "model/frozen_part.h"

namespace codectrace::preprocess {

/// Keeps in a finished corpus what a network's frozen part gives for each utterance, from its first
/// sample on, cut or repeated to the part's length. Features of that name that something
/// else made are replaced; others stay. Collective.
///
/// Shards are shared out dynamically and written beside the corpus, which stays as it was until all
/// are there; then they take its shards' place. Stopped or killed at any time and run again, this
/// redoes only shards that are missing. A shard's bytes don't depend on the number of ranks: every
/// batch is one of its own, filled up with silence to the same size. (Kernels may round otherwise
/// with another number of threads, on another device or processor.)
/// @returns Done, also if the corpus had them already; Interrupted after a stop signal
/// @throws Error(BadData) as shard::ShardReader, or for a feature that is no number of float16;
///         Error(Environment) on I/O
ExitCode add_features(const std::filesystem::path& corpus, model::FrozenPart& part,
                      comm::Communicator& comm);

}  // namespace codectrace::preprocess
