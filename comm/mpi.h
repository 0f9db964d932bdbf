#pragma once

#include <mpi.h>

#include <atomic>
#include <future>
#include <memory>

#include "comm/communicator.h"
#include "comm/mpi_worker.h"
#include "comm/shared_number.h"
#include "comm/watchdog.h"

namespace codectrace::comm {

/// All ranks of MPI_COMM_WORLD, or a group of them; host memory only. Needs an MpiSession that
/// outlives it.
///
/// Sums have the same bits on every rank and run: Open MPI chooses its algorithm by size and rank
/// count alone, and all of them combine each element once and share the result.
class MpiCommunicator : public Communicator {
 public:
  MpiCommunicator();
  /// Collective: first all ranks meet, under the time limit. While an error is on its way up, when
  /// the others may never come, what is MPI's is left to the process's end.
  ~MpiCommunicator() override;

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }
  [[nodiscard]] int local_rank() const override { return local_rank_; }
  [[nodiscard]] int local_size() const override { return local_size_; }
  [[nodiscard]] std::string name() const override { return "mpi"; }
  [[nodiscard]] Pending all_reduce(Buffer values, Reduce operation) override;
  void broadcast(Buffer values, int root) override;
  void all_gather(Buffer mine, Buffer gathered) override;
  void all_to_all(Buffer mine, Buffer received) override;
  void barrier() override;
  [[nodiscard]] std::unique_ptr<WorkCounter> work_counter() override;
  [[nodiscard]] std::unique_ptr<Communicator> split(int color) override;
  void set_time_limit(double seconds) override { time_limit_s_ = seconds; }
  [[noreturn]] void abort(int exit_code) override;

 private:
  class Counter;

  /// A group of `job`.
  MpiCommunicator(MpiCommunicator& job, int color);
  /// On the MPI thread: the rest of construction, once handle_ is there. Collective.
  /// @param first_number  of the window's that are this communicator's
  void open(std::size_t first_number);
  /// One collective on the MPI thread, from its start to its end or the time limit's.
  /// @param what   for messages: "all_reduce"
  /// @param start  calls MPI and returns its request
  /// @returns seconds that it took
  template <class Start>
  std::future<double> submit(const char* what, Start start);
  /// A barrier with a name. MPI's own collective calls, which no time limit ends, come after one.
  void meet(const char* what);
  /// For destructors; not after an error, when the other ranks may never come.
  void meet_at_end(const char* what) noexcept;
  /// On the MPI thread: waits, and ends the job if that takes longer than the time limit.
  void finish(MPI_Request& request, const char* what);
  void stalled(const char* what, double waited_s);

  MPI_Comm handle_ = MPI_COMM_NULL;
  MPI_Op bfloat16_sum_ = MPI_OP_NULL;
  int rank_ = 0;
  int size_ = 1;
  int local_rank_ = 0;
  int local_size_ = 1;
  std::atomic<double> time_limit_s_ = 0;
  std::unique_ptr<Watchdog> watchdog_;
  std::shared_ptr<SharedWindow> window_;     // one for the job and its groups
  std::unique_ptr<SharedNumber> next_work_;  // rank 0's is the one that counts
  bool has_counter_ = false;
  MpiCommunicator* job_ = nullptr;     // that this is a group of
  bool has_group_ = false;             // that this rank is in
  std::shared_ptr<MpiWorker> worker_;  // one for the job and its groups
};

}  // namespace codectrace::comm
