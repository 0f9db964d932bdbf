#pragma once

#include <mpi.h>

#include <cstdint>

namespace codectrace::comm {

/// One number a rank, in memory that every rank can read and raise without the owner's help (some
/// networks need it to keep MPI going: see MpiWorker::want_progress).
///
/// Used on the MPI thread only. Construction and destruction are collective.
class SharedNumber {
 public:
  /// Zero on all ranks.
  explicit SharedNumber(MPI_Comm communicator);
  SharedNumber(const SharedNumber&) = delete;
  SharedNumber& operator=(const SharedNumber&) = delete;
  /// After an error, when other ranks may never come, the memory is left to the process's end.
  ~SharedNumber();

  [[nodiscard]] std::uint64_t mine() const;
  /// Others see it at their next access after a collective.
  void set_mine(std::uint64_t value);

  /// Fetches a rank's number; `value` is there, and must live, until the request is done.
  [[nodiscard]] MPI_Request read(int rank, std::uint64_t& value) const;
  /// Adds one to a rank's number and fetches what it was; no two callers get the same.
  [[nodiscard]] MPI_Request raise(int rank, std::uint64_t& before);

 private:
  /// Some networks connect at the first access, and block until the other rank has answered: that
  /// is done while all ranks are there, so that later accesses never block.
  void reach_all_ranks(MPI_Comm communicator);

  MPI_Win window_ = MPI_WIN_NULL;
  std::uint64_t* mine_ = nullptr;
};

}  // namespace codectrace::comm
