#include "comm/one_sided.h"

#include <gtest/gtest.h>

namespace codectrace::comm {
namespace {

TEST(WithoutPt2ptExcluded, KeepsTheOtherExclusions) {
  EXPECT_EQ(without_pt2pt_excluded("^ucx,pt2pt"), "^ucx");
  EXPECT_EQ(without_pt2pt_excluded("^pt2pt,ucx,portals4"), "^ucx,portals4");
}

TEST(WithoutPt2ptExcluded, LeavesNoListWhereNothingElseIsExcluded) {
  EXPECT_EQ(without_pt2pt_excluded("^pt2pt"), "");
}

TEST(WithoutPt2ptExcluded, HasNothingToDoWhereItIsNotExcluded) {
  for (const char* components : {"", "^ucx", "sm,rdma", "pt2pt", "^pt2pt2", "^"}) {
    EXPECT_EQ(without_pt2pt_excluded(components), std::nullopt) << components;
  }
}

}  // namespace
}  // namespace codectrace::comm
