#include "comm/agreement.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/test_communicator.h"

namespace codectrace::comm {
namespace {

using test::expect_error;
using test::test_communicator;

TEST(Agree, IsSilentWhereAllRanksHaveTheSame) {
  EXPECT_NO_THROW(agree(test_communicator(), "the config", "lr = 1"));
}

TEST(Agree, NamesTheItemTheRankAndBothValuesOnEveryRank) {
  auto& comm = test_communicator();
  if (comm.size() == 1) GTEST_SKIP() << "one rank can't disagree";
  const bool is_last = comm.rank() == comm.size() - 1;

  expect_error(
      ErrorKind::Environment, [&] { agree(comm, "the config", is_last ? "lr = 2" : "lr = 1"); },
      "the config", "rank " + std::to_string(comm.size() - 1), "lr = 1", "lr = 2");
}

TEST(Together, ThrowsOnEveryRankWhatOneRankFailedWith) {
  auto& comm = test_communicator();
  const bool is_last = comm.rank() == comm.size() - 1;

  expect_error(
      ErrorKind::BadData,
      [&] {
        together(comm, [&] {
          if (is_last) throw Error(ErrorKind::BadData, "the disc is bent");
        });
      },
      "the disc is bent");
}

TEST(Together, LetsAllGoOnAfterASuccess) {
  int done = 0;

  together(test_communicator(), [&] { ++done; });

  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace codectrace::comm
