#include <gtest/gtest.h>

#include "tests/support/test_communicator.h"

namespace {

TEST(Harness, FailsHereOnTheLastRankOnly) {
  auto& comm = codectrace::test::test_communicator();

  EXPECT_NE(comm.rank(), comm.size() - 1);
}

}  // namespace
