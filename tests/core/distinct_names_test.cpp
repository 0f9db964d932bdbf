#include "core/distinct_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace codectrace {
namespace {

using testing::ElementsAre;

TEST(DistinctNames, AreTheLastPartsWhereTheyDiffer) {
  EXPECT_THAT(distinct_names({"runs/m1", "/elsewhere/m2/"}), ElementsAre("m1", "m2"));
  EXPECT_THAT(distinct_names({"weights.pth"}), ElementsAre("weights.pth"));
}

TEST(DistinctNames, HaveAsMuchInFrontAsItTakes) {
  EXPECT_THAT(distinct_names({"a/x/best", "b/x/best"}), ElementsAre("a/x/best", "b/x/best"));
  EXPECT_THAT(distinct_names({"runs/a/best", "runs/b/best", "c"}),
              ElementsAre("a/best", "b/best", testing::EndsWith("/c")));
}

TEST(DistinctNames, OfAPathThatAnotherEndsWithAreRelativeAllTheSame) {
  EXPECT_THAT(distinct_names({"/data/m1", "/mnt/data/m1"}), ElementsAre("data/m1", "mnt/data/m1"));
}

TEST(DistinctNames, OfEqualPathsAreEqual) {
  const auto names = distinct_names({"runs/m1", "runs/../runs/m1", "other"});
  EXPECT_EQ(names[0], names[1]);
  EXPECT_NE(names[0], names[2]);
}

}  // namespace
}  // namespace codectrace
