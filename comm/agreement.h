#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "comm/communicator.h"
#include "core/error.h"

namespace codectrace::comm {

/// What the ranks that were fine throw when another one failed. Its message names that rank and its
/// machine, as rank_prefix does, and is whole: who throws it has nothing to add.
class ErrorOfAnotherRank : public Error {
 public:
  using Error::Error;
};

/// Collective: is `value` the same on all ranks?
/// @param value  any length: a message shows the first line that differs
/// @throws Error(Environment) on all ranks, naming the item, rank 0 and the first rank that differs
///         from it, by their numbers in the job, their machines, and both values
void agree(Communicator& comm, std::string_view item, const std::string& value);

/// Collective: does on every rank what may fail on some, and lets no rank go on alone.
/// @throws on a rank that failed its own exception, as error_of has it; on the others
///         ErrorOfAnotherRank, with the first failed rank's kind and message
void together(Communicator& comm, const std::function<void()>& action);

}  // namespace codectrace::comm
