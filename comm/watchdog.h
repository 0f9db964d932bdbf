#pragma once

#include <mpi.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "comm/shared_number.h"

namespace codectrace::comm {

/// Why this rank waits.
struct Stall {
  std::string laggards;  ///< "rank 3 (host n2) is behind: 41 of 42 collectives", comma-separated
  int others_that_tell = 0;  ///< ranks of a lower number that wait as this one does
};

/// Finds out who keeps a collective waiting. Each rank counts its collectives, and while it waits
/// in one its own looks at it, in memory that the others can read. The ranks whose memory doesn't
/// answer are the ones, or else those furthest behind, and those that no longer look.
///
/// Used on the MPI thread only. Construction is collective.
class Watchdog {
 public:
  /// @param progress   of each rank of `communicator`
  /// @param job_ranks  their numbers in the job
  Watchdog(MPI_Comm communicator, SharedNumber progress, std::vector<int> job_ranks);

  /// This rank begins its next collective.
  void count_collective() { progress_.set_mine((progress_.mine() / kLooks + 1) * kLooks); }

  /// This rank still waits in it.
  void count_look();

  /// Takes up to three seconds, however many ranks don't answer. Called once, before the job is
  /// ended: answers may come later still.
  [[nodiscard]] Stall diagnose();

 private:
  /// One number has both counts: the looks, which begin again at 0, in its last digits.
  static constexpr std::uint64_t kLooks = std::uint64_t{1} << 24;

  struct Answer {
    std::uint64_t progress = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    bool is_here = false;
    bool has_moved = false;  // since the first answer
    [[nodiscard]] std::uint64_t collectives() const { return progress / kLooks; }
  };
  [[nodiscard]] std::vector<Answer> ask_all_ranks();
  /// Asks twice.
  void watch_all_ranks();
  /// What is said of a rank that may be the cause; empty: it isn't.
  [[nodiscard]] std::string fault_of(const Answer& answer) const;
  /// "rank 3 (host n2)", the job's number
  [[nodiscard]] std::string name_of(int rank) const;

  int rank_ = 0;
  int size_ = 1;
  SharedNumber progress_;
  std::vector<int> job_ranks_;
  std::string hosts_;                      // kHostLength bytes a rank
  std::deque<std::vector<Answer>> asked_;  // an answer may come at any time: it has its place here
  std::vector<Answer> answers_;
};

}  // namespace codectrace::comm
