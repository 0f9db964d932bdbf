#include "core/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TemporaryFolder;

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// Files of this process may grow to `bytes` only, for the life of the object: a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(AtomicFile, AppearsOnlyAtCommit) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "a.txt");
  file.write("hello");
  EXPECT_FALSE(fs::exists(folder / "a.txt"));

  file.commit();

  EXPECT_EQ(read_file(folder / "a.txt"), "hello");
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(AtomicFile, LeavesTheOldOneAndNothingElseWhenDropped) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "a.txt", "old");
  {
    AtomicFile file(folder / "a.txt");
    file.write("new");
  }

  EXPECT_EQ(read_file(folder / "a.txt"), "old");
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(AtomicFile, NamesTheFileItCantWrite) {
  const TemporaryFolder folder;

  expect_error(
      ErrorKind::Environment, [&] { AtomicFile(folder / "missing/a.txt"); }, "missing/a.txt");
  expect_error(
      ErrorKind::Usage, [&] { AtomicFile{folder.path()}; }, "is a folder");
}

TEST(AtomicFile, LeavesNothingOnAFullDisk) {
  const TemporaryFolder folder;
  const FileSizeLimit full(4096);

  expect_error(
      ErrorKind::Environment,
      [&] { write_file_atomically(folder / "a.bin", std::string(1 << 20, 'x')); }, "a.bin");

  EXPECT_EQ(entries_in(folder.path()), 0U);
}

TEST(AtomicFolder, ReplacesAnOlderOneWhole) {
  const TemporaryFolder folder;
  write_folder_atomically(folder / "run",
                          [](const fs::path& path) { write_file_atomically(path / "old", "1"); });

  write_folder_atomically(folder / "run",
                          [](const fs::path& path) { write_file_atomically(path / "new", "2"); });

  EXPECT_FALSE(fs::exists(folder / "run" / "old"));
  EXPECT_EQ(read_file(folder / "run" / "new"), "2");
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(AtomicFolder, MayBeNamedWithASlashAtItsEnd) {
  const TemporaryFolder folder;
  for (const auto* text : {"1", "2"}) {
    write_folder_atomically(folder / "run//",
                            [&](const fs::path& path) { write_file_atomically(path / "a", text); });

    EXPECT_EQ(read_file(folder / "run" / "a"), text);
    EXPECT_EQ(entries_in(folder.path()), 1U);
  }
}

TEST(AtomicFolder, LeavesTheOlderOneWhenFillingFails) {
  const TemporaryFolder folder;
  write_folder_atomically(folder / "run",
                          [](const fs::path& path) { write_file_atomically(path / "old", "1"); });

  expect_error(
      ErrorKind::BadData,
      [&] {
        write_folder_atomically(folder / "run", [](const fs::path& path) {
          write_file_atomically(path / "half", "2");
          throw Error(ErrorKind::BadData, "torn");
        });
      },
      "torn");

  EXPECT_TRUE(fs::exists(folder / "run" / "old"));
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(ReadFile, TellsAMissingFileFromAFolder) {
  const TemporaryFolder folder;

  expect_error(
      ErrorKind::BadData, [&] { static_cast<void>(read_file(folder / "none")); }, "none",
      "No such file");
  expect_error(
      ErrorKind::BadData, [&] { static_cast<void>(read_file(folder.path())); }, "is a folder");
}

TEST(MakeFolders, SaysThatAFileIsInTheWay) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "taken", "");

  expect_error(
      ErrorKind::Environment, [&] { make_folders(folder / "taken"); }, "taken");
}

}  // namespace
}  // namespace codectrace
