#pragma once

#include <cstdint>

#include "comm/communicator.h"
#include "shard/batch_reader.h"

namespace codectrace::train {

/// Collective: tells all ranks which utterances any of them has found corrupt. None reads those
/// again, and all count the same.
/// @returns how many there are so far
std::uint64_t share_quarantine(const shard::UtteranceReader& reader, comm::Communicator& comm);

}  // namespace codectrace::train
