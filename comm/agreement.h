#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "comm/communicator.h"

namespace codectrace::comm {

/// Collective: is `value` the same on all ranks?
/// @throws Error(Environment) on all ranks, naming the item, the first rank that differs from rank
/// 0,
///         and both values (cut to a readable length)
void agree(Communicator& comm, std::string_view item, const std::string& value);

/// Collective: does on every rank what may fail on some, and lets no rank go on alone.
/// @throws on a rank that failed its own Error; on the others one of the same kind that names the
///         first failed rank and its message
void together(Communicator& comm, const std::function<void()>& action);

}  // namespace codectrace::comm
