#include "core/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/expect_error.h"

namespace codectrace {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolder, IsItsOwnersAloneAndGoesWithAllThatIsInIt) {
  fs::path path;
  {
    const TemporaryFolder one("test");
    const TemporaryFolder other("test");
    path = one.path();
    EXPECT_NE(one.path(), other.path());
    EXPECT_THAT(path.filename().string(), testing::StartsWith("codectrace-test-"));
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    fs::create_directory(one / "folder");
    std::ofstream(one / "folder/file") << "text";
    ASSERT_TRUE(fs::exists(path / "folder/file"));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, SaysWhereItCantBeMade) {
  test::expect_error(
      ErrorKind::Environment, [] { const TemporaryFolder folder("no/such"); },
      "codectrace-no/such-");
  ::setenv("TMPDIR", "/nowhere", 1);
  test::expect_error(
      ErrorKind::Environment, [] { const TemporaryFolder folder("test"); }, "TMPDIR");
  ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace codectrace
