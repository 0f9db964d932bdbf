#include "core/rank.h"

#include <fmt/format.h>

namespace codectrace {
namespace {
Rank current;
}

void set_this_rank(Rank rank) { current = rank; }

Rank this_rank() noexcept { return current; }

std::string rank_prefix() {
  return current.size == 1 ? "" : fmt::format("rank {} of {}: ", current.rank, current.size);
}

}  // namespace codectrace
