#include "core/stop_signal.h"

#include <gtest/gtest.h>

#include <csignal>

namespace codectrace {
namespace {

TEST(StopSignal, TurnsEachSignalIntoAFlag) {
  install_stop_signals();
  for (const int number : {SIGTERM, SIGUSR1, SIGINT}) {
    set_stop_requested(false);

    std::raise(number);

    EXPECT_TRUE(stop_requested()) << "signal " << number;
  }
}

TEST(StopSignalDeathTest, EndsTheProcessOnASecondInterrupt) {
  EXPECT_EXIT(
      {
        install_stop_signals();
        set_stop_requested(false);
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace codectrace
