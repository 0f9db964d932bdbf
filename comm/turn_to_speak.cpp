#include "comm/turn_to_speak.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/stop_signal.h"

namespace codectrace::comm {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kTimeEach = 2s;  // from MPI_Abort on one rank to SIGTERM on the others
constexpr int kLastTurn = 3;    // a rank that fails alone is heard within seconds
constexpr auto kPause = 10ms;

}  // namespace

bool wait_for_turn(int turn, const std::function<void()>& on_poll) {
  // A launcher ends its processes by SIGTERM, and kills them only later.
  const bool was_stopping = stop_requested();
  const auto begin = Clock::now() + kTimeEach * std::min(turn, kLastTurn);
  while (Clock::now() < begin) {
    if (stop_requested() && !was_stopping) return false;
    on_poll();
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace codectrace::comm
