#pragma once

#include <nccl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "comm/communicator.h"
#include "comm/cuda_event.h"

namespace codectrace::comm {

/// Watches the collectives under way on the GPU, where no call returns with what goes wrong and a
/// rank that waits for its GPU can't look. Ends the job with a message if NCCL reports an error, or
/// a collective isn't over within the time limit; then the ranks meet on the host, whose own
/// watchdog names the one that doesn't come.
class NcclWatch {
 public:
  /// @param abort  ends the job with this exit code; doesn't return
  NcclWatch(ncclComm_t nccl, Communicator& host, std::function<void(int)> abort);
  NcclWatch(const NcclWatch&) = delete;
  NcclWatch& operator=(const NcclWatch&) = delete;
  ~NcclWatch();

  /// @param done  recorded after the collective
  /// @param what  for messages: "all_reduce"; lives as long as this
  void add(std::shared_ptr<CudaEvent> done, const char* what);

  /// 0: none
  void set_time_limit(double seconds) { time_limit_s_ = seconds; }

 private:
  using Clock = std::chrono::steady_clock;
  struct UnderWay {
    std::shared_ptr<CudaEvent> done;
    const char* what = "";
    Clock::time_point begun;
  };
  void loop();
  void look();
  void drop_what_is_done();
  [[nodiscard]] std::string error() const;
  [[nodiscard]] bool takes_too_long() const;
  void end_job(const std::string& why);

  ncclComm_t nccl_;
  Communicator& host_;
  std::function<void(int)> abort_;
  std::atomic<double> time_limit_s_ = 0;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<UnderWay> added_;
  bool stopping_ = false;
  std::deque<UnderWay> under_way_;  // the thread's own, in the order in which they will be over
  std::thread thread_;
};

}  // namespace codectrace::comm
