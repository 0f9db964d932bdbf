#include "core/folder_name.h"

#include <gtest/gtest.h>

namespace codectrace {
namespace {

namespace fs = std::filesystem;

TEST(FolderName, HasNoSlashAtItsEnd) {
  for (const auto* path : {"runs/m1", "runs/m1/", "runs/m1//"}) {
    EXPECT_EQ(folder_name(path).string(), "runs/m1");
  }
  EXPECT_EQ(folder_name("/runs/").string(), "/runs");
}

TEST(FolderName, OfTheFolderOneIsInIsItsWholePath) {
  const auto here = fs::current_path();

  EXPECT_EQ(folder_name("."), here);
  EXPECT_EQ(folder_name("./"), here);
  EXPECT_EQ(folder_name("../"), here.parent_path());
  EXPECT_EQ(folder_name("none/.."), here);
}

TEST(FolderName, OfNothingAndOfTheRootIsLeftAsItIs) {
  EXPECT_EQ(folder_name("").string(), "");
  EXPECT_EQ(folder_name("/").string(), "/");
}

}  // namespace
}  // namespace codectrace
