#pragma once

#include <string>

namespace codectrace {

/// Which of how many processes this is. One of one until comm/mpi_session says otherwise.
struct Rank {
  int rank = 0;
  int size = 1;
};

/// Set once, before threads start.
void set_this_rank(Rank rank);
[[nodiscard]] Rank this_rank() noexcept;

/// "rank 3 of 8 (host n2): ", or nothing when there is but one.
[[nodiscard]] std::string rank_prefix();

}  // namespace codectrace
