#include "comm/shared_number.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include "comm/mpi_check.h"

namespace codectrace::comm {

SharedWindow::SharedWindow(MPI_Comm communicator, std::size_t count) {
  CT_MPI(MPI_Win_allocate(static_cast<MPI_Aint>(count * sizeof(*mine_)), sizeof(*mine_),
                          MPI_INFO_NULL, communicator, &mine_, &window_));
  CT_MPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, window_));
  std::fill_n(mine_, count, 0);
  CT_MPI(MPI_Win_sync(window_));
  reach_all_ranks(communicator);
}

void SharedWindow::reach_all_ranks(MPI_Comm communicator) {
  int size = 0;
  CT_MPI(MPI_Comm_size(communicator, &size));
  std::vector<std::uint64_t> values(static_cast<std::size_t>(size));
  std::vector<MPI_Request> requests;
  for (int rank = 0; rank < size; ++rank) {
    requests.push_back(read(rank, 0, values[static_cast<std::size_t>(rank)]));
  }
  CT_MPI(MPI_Waitall(size, requests.data(), MPI_STATUSES_IGNORE));
  CT_MPI(MPI_Barrier(communicator));
}

SharedWindow::~SharedWindow() {
  if (std::uncaught_exceptions() > 0) return;
  MPI_Win_unlock_all(window_);
  MPI_Win_free(&window_);
}

MPI_Request SharedWindow::read(int rank, std::size_t which, std::uint64_t& value) const {
  MPI_Request request = MPI_REQUEST_NULL;
  CT_MPI(MPI_Rget(&value, 1, MPI_UINT64_T, rank, static_cast<MPI_Aint>(which), 1, MPI_UINT64_T,
                  window_, &request));
  return request;
}

SharedNumber::SharedNumber(std::shared_ptr<SharedWindow> window, std::size_t which,
                           std::vector<int> ranks)
    : window_(std::move(window)), which_(which), ranks_(std::move(ranks)) {
  set_mine(0);
}

std::uint64_t SharedNumber::mine() const { return std::atomic_ref(window_->mine_[which_]).load(); }

void SharedNumber::set_mine(std::uint64_t value) {
  std::atomic_ref(window_->mine_[which_]).store(value);
  CT_MPI(MPI_Win_sync(window_->window_));
}

MPI_Request SharedNumber::read(int rank, std::uint64_t& value) const {
  return window_->read(ranks_[static_cast<std::size_t>(rank)], which_, value);
}

MPI_Request SharedNumber::raise(int rank, std::uint64_t& before) {
  static const std::uint64_t one = 1;  // lives until the request is done
  MPI_Request request = MPI_REQUEST_NULL;
  CT_MPI(MPI_Rget_accumulate(&one, 1, MPI_UINT64_T, &before, 1, MPI_UINT64_T,
                             ranks_[static_cast<std::size_t>(rank)], static_cast<MPI_Aint>(which_),
                             1, MPI_UINT64_T, MPI_SUM, window_->window_, &request));
  return request;
}

}  // namespace codectrace::comm
