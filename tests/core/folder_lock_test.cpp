#include "core/folder_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TemporaryFolder;

TEST(FolderLock, KeepsOthersOutAndNamesTheProcessThatHasIt) {
  const TemporaryFolder folder;
  const FolderLock lock(folder / "run", "train");
  EXPECT_TRUE(lock.is_exclusive());

  expect_error(
      ErrorKind::Usage, [&] { const FolderLock second(folder / "run", "train"); },
      "another train is at work in " + (folder / "run").string(),
      fmt::format("(process {} on ", ::getpid()));
}

TEST(FolderLock, IsFreeAgainAndLeavesNothingWhenItEnds) {
  const TemporaryFolder folder;
  make_folders(folder / "run");
  for (int i = 0; i < 2; ++i) {
    const FolderLock lock(folder / "run", "train");
    EXPECT_TRUE(lock.is_exclusive());
  }

  EXPECT_TRUE(fs::is_empty(folder / "run"));
}

TEST(FolderLock, RemovesTheFolderThatItMadeOnlyIfItIsEmpty) {
  const TemporaryFolder folder;
  { const FolderLock lock(folder / "empty", "train"); }
  {
    const FolderLock lock(folder / "full", "train");
    write_file_atomically(folder / "full" / "a", "");
  }

  EXPECT_FALSE(fs::exists(folder / "empty"));
  EXPECT_TRUE(fs::exists(folder / "full" / "a"));
}

TEST(FolderLock, OfAKilledProcessIsFree) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock(folder.path(), "train");
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(fs::exists(folder.path() / FolderLock::kFileName));

  EXPECT_TRUE(FolderLock(folder.path(), "train").is_exclusive());
}

TEST(FolderLock, IsHeldByOneOfManyThatComeAndGo) {
  const TemporaryFolder folder;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::atomic<int> times = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 300; ++k) {
        try {
          const FolderLock lock(folder.path(), "train");
          const int now = ++inside;
          if (now > most) most = now;
          ++times;
          std::this_thread::yield();
          --inside;
        } catch (const Error&) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(most, 1);
  EXPECT_GT(times, 4);
}

TEST(FolderLock, SaysThatAFileIsInTheWay) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "taken", "");

  expect_error(
      ErrorKind::Environment, [&] { const FolderLock lock(folder / "taken", "train"); }, "taken");
}

}  // namespace
}  // namespace codectrace
