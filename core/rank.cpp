#include "core/rank.h"

#include <fmt/format.h>

#include "core/host_name.h"

namespace codectrace {
namespace {
Rank current;
}

void set_this_rank(Rank rank) { current = rank; }

Rank this_rank() noexcept { return current; }

std::string rank_prefix() {
  if (current.size == 1) return "";
  return fmt::format("rank {} of {} (host {}): ", current.rank, current.size, host_name());
}

}  // namespace codectrace
