#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "tests/support/test_communicator.h"

namespace codectrace::comm {
namespace {

using test::test_communicator;

TEST(WorkCounter, GivesEachNumberToExactlyOneRank) {
  auto& comm = test_communicator();
  constexpr std::uint64_t kPieces = 200;
  std::vector<std::int64_t> taken(kPieces, 0);

  const auto counter = comm.work_counter();
  for (auto piece = counter->next(); piece < kPieces; piece = counter->next()) taken[piece] += 1;
  comm.all_reduce_sum(taken).wait();

  EXPECT_EQ(taken, std::vector<std::int64_t>(kPieces, 1));
}

TEST(WorkCounter, ServesOthersWhileItsOwnerIsBusy) {
  auto& comm = test_communicator();
  if (comm.size() == 1) GTEST_SKIP() << "needs another rank";
  using Clock = std::chrono::steady_clock;
  const auto counter = comm.work_counter();
  comm.barrier();
  const auto begun = Clock::now();

  if (comm.is_root()) {
    std::this_thread::sleep_for(std::chrono::seconds(2));  // its main thread makes no MPI call
  } else {
    for (int i = 0; i < 50; ++i) static_cast<void>(counter->next());
    EXPECT_LT(Clock::now() - begun, std::chrono::seconds(1));
  }
}

TEST(WorkCounter, StartsAfreshEachTime) {
  auto& comm = test_communicator();
  for (int round = 0; round < 3; ++round) {
    const auto counter = comm.work_counter();

    const auto lowest = comm.reduced<std::uint64_t>(counter->next(), Reduce::Min);

    EXPECT_EQ(lowest, 0U);
  }
}

}  // namespace
}  // namespace codectrace::comm
