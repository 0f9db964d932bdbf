#include "comm/start_watch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "comm/comm_config.h"
#include "tests/support/expect_error.h"

namespace codectrace::comm {
namespace {

double limit_told(const char* value) {
  return start_limit_s([value](const char* name) {
    return name == std::string("CODECTRACE_START_LIMIT_S") ? value : nullptr;
  });
}

TEST(StartLimit, IsWhatRanksWaitForEachOtherUnlessToldOtherwise) {
  EXPECT_EQ(limit_told(nullptr), CommConfig{}.stall_limit_s);
  EXPECT_EQ(limit_told("90.5"), 90.5);
  EXPECT_EQ(limit_told("0"), 0);
}

TEST(StartLimit, ThatIsNoTimeIsRefused) {
  for (const char* value : {"", "soon", "-1", "10s", "inf", "nan"}) {
    test::expect_error(
        ErrorKind::Usage, [&] { (void)limit_told(value); }, "CODECTRACE_START_LIMIT_S is \"");
  }
}

TEST(StartWatch, LetsAStartThatEndsInTimeGoOn) {
  { const StartWatch watch({.rank = 0, .size = 2}, 0.5); }
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
}

TEST(StartWatch, EndsTheProcessWithAMessageAfterTheLimit) {
  EXPECT_EXIT(
      {
        const StartWatch watch({.rank = 0, .size = 4}, 0.2);
        std::this_thread::sleep_for(std::chrono::seconds(30));
      },
      testing::ExitedWithCode(4), "rank 0 of 4 \\(host .*\\): the start of MPI waits for 0 s");
}

TEST(StartWatch, WaitsForEverIfThatIsAskedFor) {
  const StartWatch watch({.rank = 0, .size = 2}, 0);

  std::this_thread::sleep_for(std::chrono::milliseconds(300));
}

}  // namespace
}  // namespace codectrace::comm
