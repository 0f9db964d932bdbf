#pragma once

#include <mpi.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace codectrace::comm {

/// Finds out who keeps a collective waiting. Each rank counts its collectives in memory that the
/// others can read; a rank whose count is behind, or whose memory doesn't answer, is the one.
///
/// Used on the MPI thread only. Construction and destruction are collective.
class Watchdog {
 public:
  explicit Watchdog(MPI_Comm communicator);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  /// This rank begins its next collective.
  void count_collective();

  /// "rank 3 (host n2) is behind: 41 of 42 collectives", one a laggard; takes up to two seconds a
  /// rank that doesn't answer.
  [[nodiscard]] std::string laggards() const;

 private:
  MPI_Comm communicator_;
  MPI_Win window_ = MPI_WIN_NULL;
  std::uint64_t* count_ = nullptr;
  std::string hosts_;  // kHostLength bytes a rank
};

}  // namespace codectrace::comm
