#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "comm/launcher.h"

namespace codectrace::comm {

/// Seconds that MPI may take to start: CODECTRACE_START_LIMIT_S, as no config is read yet; without
/// it as long as ranks wait for each other later. 0: for ever.
/// @throws Error(Usage) if it isn't a number from 0 on
[[nodiscard]] double start_limit_s(const Variables& variables);

/// Around the start of MPI, which waits for all ranks, and for ever for one that never comes. When
/// this has lived for so long, the process is ended with a message and the code of Environment.
class StartWatch {
 public:
  /// @param launch   whose message it is
  /// @param limit_s  0: for ever
  StartWatch(const Launch& launch, double limit_s);
  StartWatch(const StartWatch&) = delete;
  StartWatch& operator=(const StartWatch&) = delete;
  ~StartWatch();

 private:
  /// True once the start is over, false after the limit.
  [[nodiscard]] bool is_over_within(double limit_s);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace codectrace::comm
