#include "comm/exchange.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/support/test_communicator.h"

namespace codectrace::comm {
namespace {

using test::test_communicator;

/// What one rank has for another: of a length of its own, several pieces where it is long.
std::string message(int from, int to, std::size_t scale) {
  const auto length = (static_cast<std::size_t>(from) * 3 + static_cast<std::size_t>(to)) * scale;
  std::string text = fmt::format("{}>{}", from, to);
  text.resize(text.size() + length, static_cast<char>('a' + from));
  return text;
}

TEST(AllToAll, GivesEachRankItsPartOfEachOthers) {
  auto& comm = test_communicator();
  std::vector<std::int32_t> mine;
  for (int to = 0; to < comm.size(); ++to) mine.push_back(100 * comm.rank() + to);
  std::vector<std::int32_t> received(mine.size());

  comm.all_to_all(buffer(std::span(mine)), buffer(std::span(received)));

  for (int from = 0; from < comm.size(); ++from) {
    EXPECT_EQ(received[static_cast<std::size_t>(from)], 100 * from + comm.rank());
  }
}

TEST(Exchange, BringsMessagesOfAnyLength) {
  auto& comm = test_communicator();
  for (const std::size_t scale : {std::size_t{0}, std::size_t{1}, std::size_t{700'000}}) {
    std::vector<std::string> outgoing;
    for (int to = 0; to < comm.size(); ++to) outgoing.push_back(message(comm.rank(), to, scale));

    const auto incoming = exchange(comm, outgoing);

    for (int from = 0; from < comm.size(); ++from) {
      EXPECT_TRUE(incoming[static_cast<std::size_t>(from)] == message(from, comm.rank(), scale))
          << scale << " from " << from;
    }
  }
}

TEST(Exchange, OfNothingBringsNothing) {
  auto& comm = test_communicator();

  const auto incoming =
      exchange(comm, std::vector<std::string>(static_cast<std::size_t>(comm.size())));

  for (const auto& text : incoming) EXPECT_TRUE(text.empty());
}

TEST(GatheredValues, AreInOrderOfRanks) {
  auto& comm = test_communicator();
  for (const std::size_t scale : {std::size_t{0}, std::size_t{3}, std::size_t{150'000}}) {
    const auto count = [&](int rank) { return static_cast<std::size_t>(rank) * scale; };
    std::vector<double> mine;
    for (std::size_t i = 0; i < count(comm.rank()); ++i) {
      mine.push_back(static_cast<double>(i) + 0.25 * comm.rank());
    }

    const auto all = gathered_values<double>(comm, mine);

    std::size_t at = 0;
    for (int rank = 0; rank < comm.size(); ++rank) {
      for (std::size_t i = 0; i < count(rank); ++i, ++at) {
        ASSERT_LT(at, all.size());
        ASSERT_EQ(all[at], static_cast<double>(i) + 0.25 * rank);
      }
    }
    EXPECT_EQ(at, all.size());
  }
}

}  // namespace
}  // namespace codectrace::comm
