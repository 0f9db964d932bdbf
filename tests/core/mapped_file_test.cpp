#include "core/mapped_file.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <utility>

#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace {
namespace {

std::string text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST(MappedFile, HoldsTheBytesOfTheFile) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder / "a", std::string("a\0b", 3));

  EXPECT_EQ(text_of(MappedFile(folder / "a")), std::string("a\0b", 3));
}

TEST(MappedFile, KeepsThemInPlaceWhenMoved) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder / "a", "one");
  test::write_bytes(folder / "b", "two");
  MappedFile a(folder / "a");
  MappedFile b(folder / "b");
  const auto* const place = a.bytes().data();

  b = std::move(a);
  const MappedFile c(std::move(b));

  EXPECT_EQ(c.bytes().data(), place);
  EXPECT_EQ(text_of(c), "one");
  EXPECT_EQ(c.path(), folder / "a");
}

TEST(MappedFile, OfNothingIsEmpty) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder / "a", "");

  EXPECT_TRUE(MappedFile(folder / "a").bytes().empty());
}

TEST(MappedFile, ThatIsCutShortWhileItIsReadEndsTheProcessWithAMessage) {
  const test::TemporaryFolder folder;
  const auto path = folder / "weights";
  test::write_bytes(path, std::string(1 << 20, 'x'));
  const auto read_what_is_gone = [&] {
    const MappedFile before(path);
    MappedFile moved_from(path);
    const MappedFile file(std::move(moved_from));
    std::filesystem::resize_file(path, 10);
    const volatile auto last = file.bytes().back();
    static_cast<void>(last);
  };

  EXPECT_EXIT(read_what_is_gone(), testing::ExitedWithCode(4),
              "codectrace: .*weights was cut short while it was read");
}

TEST(MappedFile, LeavesOtherBusErrorsToWhoeverHandledThemBefore) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder / "a", "a");
  const auto raise_one = [&] {
    const MappedFile file(folder / "a");
    std::raise(SIGBUS);
    std::raise(SIGBUS);
  };
  const auto not_by_us = [](int status) { return !testing::ExitedWithCode(4)(status); };

  EXPECT_EXIT(raise_one(), not_by_us, "");
}

TEST(MappedFile, IsToldFromWhatIsNoFile) {
  const test::TemporaryFolder folder;

  test::expect_error(
      ErrorKind::BadData, [&] { MappedFile(folder / "none"); }, "none", "No such file");
  test::expect_error(
      ErrorKind::BadData, [&] { MappedFile(folder.path()); }, folder.path().string(),
      "is a folder");
  test::expect_error(
      ErrorKind::BadData, [] { MappedFile("/dev/null"); }, "a device");
}

}  // namespace
}  // namespace codectrace
