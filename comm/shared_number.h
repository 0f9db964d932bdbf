#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace codectrace::comm {

/// A few numbers a rank, in memory that every rank can read and raise without the owner's help
/// (some networks need it to keep MPI going: see MpiWorker::want_progress).
///
/// One for all ranks of a job, groups included: Open MPI 4.1 gives the windows of two groups on one
/// machine the same shared memory, named by the context id, which disjoint groups may have in
/// common.
///
/// Used on the MPI thread only. Construction and destruction are collective.
class SharedWindow {
 public:
  /// @param count  numbers a rank, all zero
  SharedWindow(MPI_Comm communicator, std::size_t count);
  SharedWindow(const SharedWindow&) = delete;
  SharedWindow& operator=(const SharedWindow&) = delete;
  /// After an error, when other ranks may never come, the memory is left to the process's end.
  ~SharedWindow();

 private:
  friend class SharedNumber;
  /// Some networks connect at the first access, and block until the other rank has answered: that
  /// is done while all ranks are there, so that later accesses never block.
  void reach_all_ranks(MPI_Comm communicator);
  [[nodiscard]] MPI_Request read(int rank, std::size_t which, std::uint64_t& value) const;

  MPI_Win window_ = MPI_WIN_NULL;
  std::uint64_t* mine_ = nullptr;
};

/// One number of each rank of a communicator, in a window. Used on the MPI thread only.
class SharedNumber {
 public:
  /// Zero on this rank.
  /// @param which  of the window's numbers
  /// @param ranks  of the communicator, by their numbers in the window's
  SharedNumber(std::shared_ptr<SharedWindow> window, std::size_t which, std::vector<int> ranks);

  [[nodiscard]] std::uint64_t mine() const;
  /// Others see it at their next access after a collective.
  void set_mine(std::uint64_t value);

  /// Fetches a rank's number; `value` is there, and must live, until the request is done.
  [[nodiscard]] MPI_Request read(int rank, std::uint64_t& value) const;
  /// Adds one to a rank's number and fetches what it was; no two callers get the same.
  [[nodiscard]] MPI_Request raise(int rank, std::uint64_t& before);

 private:
  std::shared_ptr<SharedWindow> window_;
  std::size_t which_;
  std::vector<int> ranks_;
};

}  // namespace codectrace::comm
