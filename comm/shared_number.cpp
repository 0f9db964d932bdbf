#include "comm/shared_number.h"

#include <atomic>
#include <exception>
#include <vector>

#include "comm/mpi_check.h"

namespace codectrace::comm {

SharedNumber::SharedNumber(MPI_Comm communicator) {
  CT_MPI(MPI_Win_allocate(sizeof(*mine_), sizeof(*mine_), MPI_INFO_NULL, communicator, &mine_,
                          &window_));
  CT_MPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, window_));
  set_mine(0);
  reach_all_ranks(communicator);
}

void SharedNumber::reach_all_ranks(MPI_Comm communicator) {
  int size = 0;
  CT_MPI(MPI_Comm_size(communicator, &size));
  std::vector<std::uint64_t> values(static_cast<std::size_t>(size));
  std::vector<MPI_Request> requests;
  for (int rank = 0; rank < size; ++rank) {
    requests.push_back(read(rank, values[static_cast<std::size_t>(rank)]));
  }
  CT_MPI(MPI_Waitall(size, requests.data(), MPI_STATUSES_IGNORE));
  CT_MPI(MPI_Barrier(communicator));
}

SharedNumber::~SharedNumber() {
  if (std::uncaught_exceptions() > 0) return;
  MPI_Win_unlock_all(window_);
  MPI_Win_free(&window_);
}

std::uint64_t SharedNumber::mine() const { return std::atomic_ref(*mine_).load(); }

void SharedNumber::set_mine(std::uint64_t value) {
  std::atomic_ref(*mine_).store(value);
  CT_MPI(MPI_Win_sync(window_));
}

MPI_Request SharedNumber::read(int rank, std::uint64_t& value) const {
  MPI_Request request = MPI_REQUEST_NULL;
  CT_MPI(MPI_Rget(&value, 1, MPI_UINT64_T, rank, 0, 1, MPI_UINT64_T, window_, &request));
  return request;
}

MPI_Request SharedNumber::raise(int rank, std::uint64_t& before) {
  static const std::uint64_t one = 1;  // lives until the request is done
  MPI_Request request = MPI_REQUEST_NULL;
  CT_MPI(MPI_Rget_accumulate(&one, 1, MPI_UINT64_T, &before, 1, MPI_UINT64_T, rank, 0, 1,
                             MPI_UINT64_T, MPI_SUM, window_, &request));
  return request;
}

}  // namespace codectrace::comm
