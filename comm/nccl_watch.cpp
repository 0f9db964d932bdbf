#include "comm/nccl_watch.h"

#include <cstdio>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "comm/nccl_check.h"
#include "comm/turn_to_speak.h"
#include "core/failure.h"
#include "core/rank.h"

namespace codectrace::comm {
namespace {

using namespace std::chrono_literals;
constexpr auto kPause = 50ms;

}  // namespace

NcclWatch::NcclWatch(ncclComm_t nccl, Communicator& host, std::function<void(int)> abort)
    : nccl_(nccl), host_(host), abort_(std::move(abort)), thread_([this] { loop(); }) {}

NcclWatch::~NcclWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void NcclWatch::add(std::shared_ptr<CudaEvent> done, const char* what) {
  const std::lock_guard lock(mutex_);
  added_.push_back({std::move(done), what, Clock::now()});
}

void NcclWatch::loop() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kPause, [this] { return stopping_; })) {
    while (!added_.empty()) {
      under_way_.push_back(std::move(added_.front()));
      added_.pop_front();
    }
    lock.unlock();
    look();
    lock.lock();
  }
}

void NcclWatch::look() {
  try {
    drop_what_is_done();
    if (const std::string text = error(); !text.empty()) end_job(text);
    if (!takes_too_long()) return;
    host_.barrier();  // doesn't return if a rank stays away
    const std::chrono::duration<double> waited = Clock::now() - under_way_.front().begun;
    end_job(
        fmt::format("{} on the GPUs waits for {:.0f} s: no rank is behind: the network between "
                    "the GPUs is; ending the job, as comm.stall_limit_s says",
                    under_way_.front().what, waited.count()));
  } catch (...) {
    end_job(told(error_of(std::current_exception())));
  }
}

void NcclWatch::drop_what_is_done() {
  while (!under_way_.empty() && under_way_.front().done->is_reached()) {
    under_way_.pop_front();
    if (!under_way_.empty()) under_way_.front().begun = Clock::now();  // it has waited its turn
  }
}

/// Empty: none.
std::string NcclWatch::error() const {
  ncclResult_t result = ncclSuccess;
  CT_NCCL(nccl_, ncclCommGetAsyncError(nccl_, &result));
  if (result == ncclSuccess || result == ncclInProgress) return "";
  const char* what = under_way_.empty() ? "a collective" : under_way_.front().what;
  return fmt::format("{} on the GPUs failed: {}: {}", what, ncclGetErrorString(result),
                     ncclGetLastError(nccl_));
}

bool NcclWatch::takes_too_long() const {
  const double limit_s = time_limit_s_;
  if (limit_s <= 0 || under_way_.empty()) return false;
  return Clock::now() - under_way_.front().begun > std::chrono::duration<double>(limit_s);
}

void NcclWatch::end_job(const std::string& why) {
  if (wait_for_turn(host_.rank())) {
    std::fputs(fmt::format("codectrace: {}{}\n", rank_prefix(), why).c_str(), stderr);
    std::fflush(stderr);
  }
  abort_(static_cast<int>(ExitCode::Environment));
}

}  // namespace codectrace::comm
