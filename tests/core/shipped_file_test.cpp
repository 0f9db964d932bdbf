#include "core/shipped_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace codectrace {
namespace {

namespace fs = std::filesystem;

struct ShippedFile : testing::Test {
  test::TemporaryFolder folder;
  fs::path prefix = folder.path() / "prefix";
  fs::path program = prefix / "bin" / "codectrace";
  fs::path shipped = prefix / "share" / "codectrace" / "configs" / "ct_shipped_file_test.toml";
  fs::path before = fs::current_path();

  void SetUp() override {
    fs::create_directories(shipped.parent_path());
    std::ofstream(shipped) << "x = 1\n";
    fs::current_path(folder.path());
  }
  void TearDown() override { fs::current_path(before); }
};

TEST_F(ShippedFile, IsFoundInTheInstallationFromAnyFolder) {
  EXPECT_EQ(find_shipped_file("configs/ct_shipped_file_test.toml", program), shipped);
}

TEST_F(ShippedFile, IsFoundInTheSourceTreeByAProgramThatWasBuiltInIt) {
  const fs::path tree = folder.path() / "tree";
  const fs::path of_tree = tree / "configs" / "ct_shipped_file_test.toml";
  fs::create_directories(of_tree.parent_path());
  std::ofstream(of_tree) << "x = 3\n";
  std::ofstream(tree / "CMakePresets.json") << "{}\n";

  EXPECT_EQ(find_shipped_file("configs/ct_shipped_file_test.toml",
                              tree / "build" / "release" / "codectrace"),
            of_tree);
}

TEST_F(ShippedFile, OfTheWorkingFolderComesFirst) {
  fs::create_directories(folder.path() / "configs");
  std::ofstream(folder.path() / "configs" / "ct_shipped_file_test.toml") << "x = 2\n";
  EXPECT_EQ(find_shipped_file("configs/ct_shipped_file_test.toml", program),
            "configs/ct_shipped_file_test.toml");
}

TEST_F(ShippedFile, ThatIsNowhereKeepsItsNameForTheMessage) {
  EXPECT_EQ(find_shipped_file("configs/nothing.toml", program), "configs/nothing.toml");
  EXPECT_EQ(find_shipped_file("/nowhere/nothing.toml", program), "/nowhere/nothing.toml");
}

}  // namespace
}  // namespace codectrace
