#include "comm/rank_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace codectrace::comm {
namespace {

using Hosts = std::vector<std::string>;
using testing::ElementsAre;

TEST(NumberOfGroups, IsOneAMachineIfNoneIsWanted) {
  EXPECT_EQ(number_of_groups(Hosts{"a", "a", "a"}, 0, 9), 1);
  EXPECT_EQ(number_of_groups(Hosts{"a", "b", "a", "b"}, 0, 9), 2);
}

TEST(NumberOfGroups, IsNeverMoreThanWorkOrRanks) {
  EXPECT_EQ(number_of_groups(Hosts{"a", "b", "c"}, 0, 2), 2);
  EXPECT_EQ(number_of_groups(Hosts{"a", "a", "a"}, 8, 9), 3);
  EXPECT_EQ(number_of_groups(Hosts{"a", "a", "a"}, 2, 1), 1);
}

TEST(GroupOfEachRank, IsItsMachineIfThereIsAGroupForEach) {
  EXPECT_THAT(group_of_each_rank(Hosts{"a", "a", "a", "b"}, 2), ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(group_of_each_rank(Hosts{"a", "b", "a", "b"}, 2), ElementsAre(0, 1, 0, 1));
}

TEST(GroupOfEachRank, DividesAMachineEvenly) {
  EXPECT_THAT(group_of_each_rank(Hosts(5, "a"), 2), ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(group_of_each_rank(Hosts(4, "a"), 4), ElementsAre(0, 1, 2, 3));
}

TEST(GroupOfEachRank, KeepsRanksOfAMachineTogetherHoweverTheyAreNumbered) {
  EXPECT_THAT(group_of_each_rank(Hosts{"a", "b", "a", "b", "a", "b", "a", "b"}, 4),
              ElementsAre(0, 2, 0, 2, 1, 3, 1, 3));
}

}  // namespace
}  // namespace codectrace::comm
