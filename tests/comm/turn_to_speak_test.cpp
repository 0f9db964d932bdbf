#include "comm/turn_to_speak.h"

#include <gtest/gtest.h>

#include <chrono>

#include "core/stop_signal.h"

namespace codectrace::comm {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

TEST(TurnToSpeak, ComesAtOnceForTheFirstAndLaterForOthers) {
  const auto begun = Clock::now();

  EXPECT_TRUE(wait_for_turn(0));
  const double first = seconds_since(begun);
  EXPECT_TRUE(wait_for_turn(1));

  EXPECT_LT(first, 1.0);
  EXPECT_GE(seconds_since(begun) - first, 2.0);
}

TEST(TurnToSpeak, DoesNotComeWhereTheJobIsEndedMeanwhile) {
  const bool is_heard = wait_for_turn(1, [] { set_stop_requested(true); });
  set_stop_requested(false);

  EXPECT_FALSE(is_heard);
}

TEST(TurnToSpeak, ComesThoughAStopWasRequestedBefore) {
  set_stop_requested(true);
  const bool is_heard = wait_for_turn(1);
  set_stop_requested(false);

  EXPECT_TRUE(is_heard);
}

}  // namespace
}  // namespace codectrace::comm
