#include "comm/agreement.h"

#include <gtest/gtest.h>

#include <new>
#include <string>

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
      "the config", "rank 0 (host ", "has lr = 1",
      "rank " + std::to_string(comm.size() - 1) + " (host ", "has lr = 2");
}

TEST(Agree, ShowsTheLineOfALongTextThatDiffers) {
  auto& comm = test_communicator();
  if (comm.size() == 1) GTEST_SKIP() << "one rank can't disagree";
  const bool is_last = comm.rank() == comm.size() - 1;
  const std::string before(1000, 'a');
  const std::string after(1000, 'b');

  expect_error(
      ErrorKind::Environment,
      [&] { agree(comm, "the text", before + (is_last ? "\nx = 2\n" : "\nx = 1\n") + after); },
      "has x = 1, rank", "has x = 2");
}

TEST(Agree, TellsATextThatIsTheBeginningOfAnother) {
  auto& comm = test_communicator();
  if (comm.size() == 1) GTEST_SKIP() << "one rank can't disagree";
  const bool is_last = comm.rank() == comm.size() - 1;

  expect_error(
      ErrorKind::Environment, [&] { agree(comm, "the text", is_last ? "a\n" : "a\nb\n"); },
      "has b, rank", "has nothing");
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

TEST(Together, NamesTheRankThatFailedOnTheOthers) {
  auto& comm = test_communicator();
  const int last = comm.size() - 1;
  try {
    together(comm, [&] {
      if (comm.rank() == last) throw std::bad_alloc();
    });
    FAIL() << "nothing was thrown";
  } catch (const ErrorOfAnotherRank& error) {
    EXPECT_NE(comm.rank(), last);
    EXPECT_EQ(error.kind(), ErrorKind::Environment);
    EXPECT_TRUE(std::string(error.what())
                    .starts_with("rank " + std::to_string(last) + " of " +
                                 std::to_string(comm.size()) + " (host "));
    EXPECT_NE(std::string(error.what()).find("): out of memory"), std::string::npos);
  } catch (const Error& error) {
    EXPECT_EQ(comm.rank(), last);
    EXPECT_TRUE(std::string(error.what()).starts_with("out of memory"));
  }
}

TEST(Together, LetsAllGoOnAfterASuccess) {
  int done = 0;

  together(test_communicator(), [&] { ++done; });

  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace codectrace::comm
