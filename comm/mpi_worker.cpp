#include "comm/mpi_worker.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "comm/mpi_check.h"

namespace codectrace::comm {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kSpin = 200us;       // a collective among ranks that are ready is over by then
constexpr auto kLongPause = 200us;  // bounds what a late poll can cost
constexpr auto kIdlePause = 100us;
constexpr auto kLongestLook = 1s;  // longer: this process was stopped, and hasn't waited

}  // namespace

MpiWorker::MpiWorker() : thread_([this] { loop(); }) {}

MpiWorker::~MpiWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::future<double> MpiWorker::submit(std::function<void()> task) {
  std::packaged_task<double()> packaged([run = std::move(task)] {
    const auto begun = Clock::now();
    run();
    return std::chrono::duration<double>(Clock::now() - begun).count();
  });
  auto future = packaged.get_future();
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(packaged));
  }
  changed_.notify_one();
  return future;
}

void MpiWorker::want_progress(bool wanted) {
  {
    const std::lock_guard lock(mutex_);
    progress_users_ += wanted ? 1 : -1;
  }
  changed_.notify_one();
}

void MpiWorker::wait(MPI_Request& request, const std::function<void(double)>& on_poll) {
  auto looked = Clock::now();
  Clock::duration waited{};
  auto pause = 5us;
  while (true) {
    int done = 0;
    CT_MPI(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (done != 0) return;
    const auto now = Clock::now();
    waited += std::min<Clock::duration>(now - std::exchange(looked, now), kLongestLook);
    if (waited < kSpin) {
      sched_yield();
      continue;
    }
    on_poll(std::chrono::duration<double>(waited).count());
    std::this_thread::sleep_for(pause);
    pause = std::min<std::chrono::microseconds>(pause * 2, kLongPause);
  }
}

void MpiWorker::make_progress() {
  int found = 0;  // nor does an error matter: it comes again where something is waited for
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &found, MPI_STATUS_IGNORE);
}

void MpiWorker::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto ready = [this] { return !tasks_.empty() || stopping_; };
    if (progress_users_ > 0) {
      if (!changed_.wait_for(lock, kIdlePause, ready)) {
        make_progress();
        continue;
      }
    } else {
      changed_.wait(lock, [&] { return ready() || progress_users_ > 0; });
    }
    if (tasks_.empty()) {
      if (stopping_) return;
      continue;
    }
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace codectrace::comm
