#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include "comm/communicator.h"
#include "tests/support/test_communicator.h"

namespace codectrace::comm {
namespace {

using test::test_communicator;

/// Even and odd ranks.
int color() { return test_communicator().rank() % 2; }

TEST(Split, MakesAGroupOfTheRanksOfOneColorInTheirOrder) {
  auto& comm = test_communicator();

  const auto group = comm.split(color());

  EXPECT_EQ(group->size(), (comm.size() + 1 - color()) / 2);
  EXPECT_EQ(group->rank(), comm.rank() / 2);
  EXPECT_EQ(group->name(), comm.name());
  EXPECT_EQ(group->local_rank(), comm.local_rank());  // chooses the device: the job's
  EXPECT_EQ(group->local_size(), comm.local_size());
}

TEST(Split, GivesAGroupCollectivesOfItsOwn) {
  auto& comm = test_communicator();
  const auto group = comm.split(color());
  std::vector<std::int64_t> ranks;
  for (int rank = color(); rank < comm.size(); rank += 2) ranks.push_back(rank);

  EXPECT_EQ(group->gathered<std::int64_t>(comm.rank()), ranks);
  std::int32_t value = comm.rank();
  group->broadcast(buffer(std::span(&value, 1)), group->size() - 1);
  EXPECT_EQ(value, ranks.back());
  for (int i = 0; i <= color(); ++i) group->barrier();  // one more here than there

  EXPECT_EQ(comm.reduced<std::int64_t>(1, Reduce::Sum), comm.size());
}

TEST(Split, LetsAGroupWorkWhileTheOtherIsBusy) {
  auto& comm = test_communicator();
  if (comm.size() == 1) GTEST_SKIP() << "needs two groups";
  using Clock = std::chrono::steady_clock;
  const auto group = comm.split(color());
  comm.barrier();
  const auto begun = Clock::now();

  if (color() == 0) {
    std::this_thread::sleep_for(std::chrono::seconds(2));
  } else {
    const auto counter = group->work_counter();
    while (counter->next() < 10) group->barrier();
    EXPECT_LT(Clock::now() - begun, std::chrono::seconds(1));
  }
}

TEST(Split, HandsOutWorkToGroupsAndWithinThemAtOnce) {
  auto& comm = test_communicator();
  constexpr std::uint64_t kItems = 20;
  constexpr std::uint64_t kBatches = 7;
  std::vector<std::int64_t> taken(kItems * kBatches, 0);
  {
    const auto group = comm.split(color());
    const auto items = comm.work_counter();
    for (std::uint64_t item = 0; item < kItems;) {
      if (group->is_root()) item = items->next();
      group->broadcast(buffer(std::span(&item, 1)), 0);
      if (item >= kItems) break;
      const auto batches = group->work_counter();
      for (auto batch = batches->next(); batch < kBatches; batch = batches->next())
        taken[item * kBatches + batch] += 1;
    }
  }

  comm.all_reduce_sum(taken).wait();

  EXPECT_EQ(taken, std::vector<std::int64_t>(kItems * kBatches, 1));
}

TEST(Split, CanBeMadeAgainInAnotherWay) {
  auto& comm = test_communicator();
  for (int round = 0; round < 3; ++round) {
    const auto group = comm.split(round == 0 ? 0 : comm.rank());

    EXPECT_EQ(group->size(), round == 0 ? comm.size() : 1);
    EXPECT_EQ(group->reduced<std::int64_t>(1, Reduce::Sum), group->size());
  }
}

TEST(Split, LeavesAGroupThatAnErrorEndsWithoutWaitingForItsRanks) {
  auto& comm = test_communicator();
  const auto fails = [&] {
    const auto group = comm.split(0);
    const auto counter = group->work_counter();
    if (comm.is_root()) std::this_thread::sleep_for(std::chrono::seconds(1));
    throw std::runtime_error("fails");
  };

  const auto begun = std::chrono::steady_clock::now();
  comm.barrier();
  EXPECT_THROW(fails(), std::runtime_error);
  const auto took = std::chrono::steady_clock::now() - begun;

  EXPECT_TRUE(comm.is_root() || took < std::chrono::milliseconds(900));
  EXPECT_EQ(comm.reduced<std::int64_t>(1, Reduce::Sum), comm.size());
}

}  // namespace
}  // namespace codectrace::comm
