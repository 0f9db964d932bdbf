#include "core/stop_signal.h"

#include <csignal>

#include <array>
#include <atomic>

namespace codectrace {
namespace {

std::atomic<bool> requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

void on_signal(int number) {
  if (number == SIGINT && requested.load()) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
  requested.store(true);
}

}  // namespace

void install_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;  // a read in progress goes on: the step is finished first
  for (const int number : std::array{SIGTERM, SIGINT, SIGUSR1}) sigaction(number, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool stop_requested() noexcept { return requested.load(); }

void set_stop_requested(bool value) noexcept { requested.store(value); }

}  // namespace codectrace
