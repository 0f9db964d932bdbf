#pragma once

#include <mpi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "comm/shared_number.h"

namespace codectrace::comm {

/// Why this rank waits.
struct Stall {
  std::string laggards;  ///< "rank 3 (host n2) is behind: 41 of 42 collectives", comma-separated
  int others_that_tell = 0;  ///< ranks of a lower number that wait as this one does
};

/// Finds out who keeps a collective waiting. Each rank counts its collectives in memory that the
/// others can read; the ranks whose memory doesn't answer, or else those furthest behind, are the
/// ones.
///
/// Used on the MPI thread only. Construction and destruction are collective.
class Watchdog {
 public:
  explicit Watchdog(MPI_Comm communicator);

  /// This rank begins its next collective.
  void count_collective() { count_.set_mine(count_.mine() + 1); }

  /// Takes up to two seconds, however many ranks don't answer. Called once, before the job is
  /// ended: answers may come later still.
  [[nodiscard]] Stall diagnose();

 private:
  struct Answer {
    std::uint64_t count = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    bool is_here = false;
  };
  void ask_all_ranks();
  /// "rank 3 (host n2)"
  [[nodiscard]] std::string name_of(int rank) const;

  int rank_ = 0;
  int size_ = 1;
  SharedNumber count_;
  std::string hosts_;  // kHostLength bytes a rank
  std::vector<Answer> answers_;
};

}  // namespace codectrace::comm
