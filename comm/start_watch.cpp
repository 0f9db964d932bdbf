#include "comm/start_watch.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "comm/comm_config.h"
#include "comm/mpi_session.h"
#include "comm/turn_to_speak.h"
#include "core/error.h"
#include "core/host_name.h"

namespace codectrace::comm {
namespace {

constexpr const char* kVariable = "CODECTRACE_START_LIMIT_S";

[[noreturn]] void end(const Launch& launch, double limit_s) {
  if (wait_for_turn(launch.rank)) {
    const auto text = fmt::format(
        "codectrace: rank {} of {} (host {}): the start of MPI waits for {:.0f} s: a rank was not "
        "started, hangs, or can't be reached; look at what the launcher says, at the other "
        "machines, and whether every rank runs this program; ending the job ({}: how long to "
        "wait)\n",
        launch.rank, launch.size, host_name(), limit_s, kVariable);
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
  }
  abort_job(static_cast<int>(ExitCode::Environment));
}

}  // namespace

double start_limit_s(const Variables& variables) {
  const char* const value = variables(kVariable);
  if (value == nullptr) return CommConfig{}.stall_limit_s;
  const std::string_view text = value;
  double limit_s = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), limit_s);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
      std::isfinite(limit_s) && limit_s >= 0)
    return limit_s;
  throw Error(ErrorKind::Usage, fmt::format("{} is \"{}\", must be a number of seconds, at least 0 "
                                            "(how long MPI may take to start; 0: for ever)",
                                            kVariable, text));
}

StartWatch::StartWatch(const Launch& launch, double limit_s) {
  if (limit_s <= 0) return;
  thread_ = std::thread([this, launch, limit_s] {
    if (!is_over_within(limit_s)) end(launch, limit_s);
  });
}

StartWatch::~StartWatch() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

/// In short pieces: time for which the process itself is stopped counts as one of them.
bool StartWatch::is_over_within(double limit_s) {
  constexpr double kPiece_s = 1;
  std::unique_lock lock(mutex_);
  for (double left_s = limit_s; left_s > 0; left_s -= kPiece_s) {
    const std::chrono::duration<double> piece(std::min(left_s, kPiece_s));
    if (changed_.wait_for(lock, piece, [this] { return is_over_; })) return true;
  }
  return false;
}

}  // namespace codectrace::comm
