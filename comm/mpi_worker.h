#pragma once

#include <mpi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

namespace codectrace::comm {

/// The one thread that makes MPI calls, in the order they were asked for. So collectives run beside
/// the computation, in the same order on all ranks, and MPI_THREAD_SERIALIZED is enough.
///
/// While a collective is under way it polls with growing pauses instead of blocking in MPI, which
/// would keep a core busy that the computation needs.
class MpiWorker {
 public:
  MpiWorker();
  MpiWorker(const MpiWorker&) = delete;
  MpiWorker& operator=(const MpiWorker&) = delete;
  /// Finishes what was asked for.
  ~MpiWorker();

  /// Runs `task` on the thread after everything asked for before. To the future go the seconds that
  /// it ran, or its exception.
  std::future<double> submit(std::function<void()> task);
  /// submit, and wait.
  void run(std::function<void()> task) { submit(std::move(task)).get(); }

  /// On the thread: polls until the request is done. `on_poll` is called now and then with the
  /// seconds waited so far, without those for which this process itself was stopped.
  static void wait(MPI_Request& request, const std::function<void(double)>& on_poll);

  /// On the thread: keeps MPI going once, for other ranks' sake.
  static void make_progress();

  /// While at least one user wants it, an idle thread keeps MPI going, so that other ranks'
  /// one-sided accesses to this rank's memory complete while this rank computes.
  void want_progress(bool wanted);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::packaged_task<double()>> tasks_;
  int progress_users_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace codectrace::comm
