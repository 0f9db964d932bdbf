#include "core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <source_location>
#include <string>

#include "core/atomic_file.h"
#include "core/host_name.h"
#include "core/mapped_file.h"
#include "core/rank.h"
#include "tests/support/expect_error.h"

namespace codectrace {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Error, CarriesKindMessageAndPlace) {
  constexpr auto kLine = std::source_location::current().line() + 1;
  const Error error(ErrorKind::BadData, "the disc is bent");

  EXPECT_EQ(error.exit_code(), ExitCode::BadData);
  EXPECT_STREQ(error.what(), "the disc is bent");
  EXPECT_THAT(error.place(), EndsWith("tests/core/error_test.cpp:" + std::to_string(kLine)));
}

TEST(Error, TellsPlacesFromTheRootOfTheTree) {
  try {
    static_cast<void>(read_file("/no/such/file"));
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.place(), StartsWith("core/atomic_file.cpp:"));
  }
}

TEST(Error, TellsPlacesInHeadersFromTheRootOfTheTreeToo) {
  try {
    static_cast<void>(MappedFile("/no/such/file"));
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.place(), StartsWith("core/file_descriptor.h:"));
  }
}

TEST(Error, NotesTheRankItWasMadeOn) {
  set_this_rank({.rank = 3, .size = 8});
  const Error error(ErrorKind::Environment, "no room");
  EXPECT_EQ(rank_prefix(), "rank 3 of 8 (host " + host_name() + "): ");
  set_this_rank({});

  EXPECT_EQ(error.rank(), 3);
  EXPECT_EQ(rank_prefix(), "");
}

TEST(Error, GrowsOutwardsWithoutLosingItsOrigin) {
  const Error inner(ErrorKind::BadData, "unknown class ABC");

  const Error outer = inner.within("list train.txt:17");

  EXPECT_STREQ(outer.what(), "list train.txt:17: unknown class ABC");
  EXPECT_EQ(outer.place(), inner.place());
  EXPECT_EQ(outer.kind(), inner.kind());
}

TEST(ThrowErrno, CallsAMissingFileBadDataAndAFullDiskTheEnvironment) {
  const auto thrown = [](int code) {
    return [code] {
      errno = code;
      throw_errno("write x.h5");
    };
  };

  test::expect_error(ErrorKind::BadData, thrown(ENOENT), "write x.h5", "No such file");
  test::expect_error(ErrorKind::Environment, thrown(ENOSPC), "write x.h5", "No space left");
}

TEST(Invariant, IsALogicErrorThatQuotesTheCondition) {
  const int one = 1;

  EXPECT_NO_THROW(CT_INVARIANT(one == 1, "arithmetic"));
  try {
    CT_INVARIANT(one == 2, "arithmetic");
    FAIL() << "nothing was thrown";
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("(one == 2, "));
  }
}

}  // namespace
}  // namespace codectrace
