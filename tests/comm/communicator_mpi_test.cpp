#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#include "core/random.h"
#include "tests/support/test_communicator.h"

namespace codectrace::comm {
namespace {

using test::test_communicator;

TEST(AllReduce, AddsEachElementOverAllRanks) {
  auto& comm = test_communicator();
  std::vector<float> values{static_cast<float>(comm.rank()), 1.0F};

  comm.all_reduce_sum(values).wait();

  const auto n = static_cast<float>(comm.size());
  EXPECT_FLOAT_EQ(values[0], n * (n - 1) / 2);
  EXPECT_FLOAT_EQ(values[1], n);
}

TEST(AllReduce, TakesMinimumAndMaximum) {
  auto& comm = test_communicator();

  EXPECT_EQ(comm.reduced<std::int64_t>(comm.rank() + 5, Reduce::Min), 5);
  EXPECT_EQ(comm.reduced<std::int64_t>(comm.rank() + 5, Reduce::Max), comm.size() + 4);
}

TEST(AllReduce, GivesTheSameBitsOnEveryRankAndEveryTime) {
  auto& comm = test_communicator();
  for (const std::size_t count : {1UL, 1000UL, 3000001UL}) {  // each of MPI's algorithms
    const CounterRandom random(7, "values", 0, static_cast<std::uint64_t>(comm.rank()));
    std::vector<float> first(count);
    for (std::size_t i = 0; i < count; ++i) first[i] = static_cast<float>(random.normal(i));
    auto second = first;

    comm.all_reduce_sum(first).wait();
    comm.all_reduce_sum(second).wait();

    EXPECT_EQ(first, second);
    auto root = first;
    comm.broadcast(buffer(std::span<float>(root)), 0);
    EXPECT_EQ(first, root);
  }
}

TEST(AllReduce, RunsSeveralAtOnceInTheOrderTheyWereStarted) {
  auto& comm = test_communicator();
  std::vector<std::vector<double>> values(8, std::vector<double>(100000, 1.0));
  std::vector<Pending> pending;

  for (auto& each : values) pending.push_back(comm.all_reduce_sum(each));
  for (auto& each : pending) each.wait();

  for (const auto& each : values) {
    EXPECT_EQ(std::accumulate(each.begin(), each.end(), 0.0), 100000.0 * comm.size());
  }
}

TEST(AllReduce, SaysHowLongItWasUnderWay) {
  auto& comm = test_communicator();
  constexpr double kLate_s = 0.05;
  comm.barrier();
  if (comm.rank() == comm.size() - 1) {
    std::this_thread::sleep_for(std::chrono::duration<double>(kLate_s));
  }
  std::vector<double> values(10, 1.0);

  const double seconds = comm.all_reduce_sum(values).wait();

  if (comm.size() == 1) {
    EXPECT_EQ(seconds, 0);
  } else if (comm.rank() < comm.size() - 1) {
    EXPECT_GT(seconds, kLate_s / 2);  // the others waited
  }
}

TEST(AllReduce, AddsBfloat16RoundedToNearest) {
  auto& comm = test_communicator();
  const auto one = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(1.0F) >> 16);
  std::vector<std::uint16_t> values(3, one);

  comm.all_reduce({values.data(), values.size(), DataType::BFloat16, Device::Host}, Reduce::Sum)
      .wait();

  const auto expected = std::bit_cast<std::uint32_t>(static_cast<float>(comm.size())) >> 16;
  EXPECT_THAT(values, testing::Each(static_cast<std::uint16_t>(expected)));
}

TEST(Broadcast, GivesTheLastRanksValuesToAll) {
  auto& comm = test_communicator();
  std::vector<std::int32_t> values{comm.rank(), 100 + comm.rank()};

  comm.broadcast(buffer(std::span<std::int32_t>(values)), comm.size() - 1);

  EXPECT_THAT(values, testing::ElementsAre(comm.size() - 1, 99 + comm.size()));
}

TEST(AllGather, OrdersByRank) {
  auto& comm = test_communicator();

  const auto values = comm.gathered<std::int64_t>(10 * comm.rank());

  ASSERT_EQ(values.size(), static_cast<std::size_t>(comm.size()));
  for (std::size_t rank = 0; rank < values.size(); ++rank) {
    EXPECT_EQ(values[rank], static_cast<std::int64_t>(10 * rank));
  }
}

TEST(AllGather, KeepsTextsOfDifferentLengths) {
  auto& comm = test_communicator();

  const auto texts = comm.gathered_texts(std::string(static_cast<std::size_t>(comm.rank()), 'x'));

  for (std::size_t rank = 0; rank < texts.size(); ++rank)
    EXPECT_EQ(texts[rank], std::string(rank, 'x'));
}

TEST(Communicator, KnowsItsPlaceOnTheMachine) {
  auto& comm = test_communicator();

  EXPECT_EQ(comm.local_rank(), comm.rank());
  EXPECT_EQ(comm.local_size(), comm.size());
}

}  // namespace
}  // namespace codectrace::comm
