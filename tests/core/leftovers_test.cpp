#include "core/leftovers.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/atomic_file.h"
#include "tests/support/temporary_folder.h"

namespace codectrace {
namespace {

namespace fs = std::filesystem;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

TEST(Leftovers, AreTheNamesThatFilesAreWrittenUnder) {
  const test::TemporaryFolder folder;
  AtomicFile file(folder / "a.txt");
  EXPECT_TRUE(is_leftover(file.temporary_path().filename().string()));
  write_folder_atomically(folder / "run", [](const fs::path& path) {
    EXPECT_TRUE(is_leftover(path.filename().string()));
  });

  EXPECT_TRUE(is_leftover("run.old.tmp"));
  for (const auto* name : {"a.txt", "notes.tmp", "a.12.txt", "a.12b.tmp", ".12.tmp", "12.tmp"}) {
    EXPECT_FALSE(is_leftover(name)) << name;
  }
}

TEST(Leftovers, AreRemovedAndNothingElse) {
  const test::TemporaryFolder folder;
  make_folders(folder / "step-1.4711.tmp/deep");
  make_folders(folder / "step-1");
  for (const auto* name : {"step-1.4711.tmp/deep/weights", "a.txt.12.tmp", "a.txt", "notes.tmp"}) {
    write_file_atomically(folder / name, "");
  }

  remove_leftovers(folder.path());

  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"a.txt", "notes.tmp", "step-1"}));
}

TEST(Leftovers, OfOneNameLeaveThoseOfItsNeighbours) {
  const test::TemporaryFolder folder;
  for (const auto* name : {"m1.12.tmp", "m1.old.tmp", "m10.12.tmp"}) make_folders(folder / name);

  remove_leftovers(folder.path(), "m1");

  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"m10.12.tmp"}));
}

TEST(Leftovers, OfAMissingFolderAreNone) {
  const test::TemporaryFolder folder;

  EXPECT_NO_THROW(remove_leftovers(folder / "missing"));
}

}  // namespace
}  // namespace codectrace
