#include "train/run_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::train {
namespace {

namespace fs = std::filesystem;

class RunDirectoryTest : public testing::Test {
 protected:
  void write(std::uint64_t step) { make_folders(run_.checkpoint(step)); }
  [[nodiscard]] bool has(std::uint64_t step) const { return fs::exists(run_.checkpoint(step)); }

  test::TemporaryFolder folder_;
  RunDirectory run_{folder_.path()};
};

TEST_F(RunDirectoryTest, HasNoCheckpointAtFirst) {
  EXPECT_FALSE(run_.newest_checkpoint().has_value());
  EXPECT_FALSE(RunDirectory(folder_ / "missing").newest_checkpoint().has_value());
}

TEST_F(RunDirectoryTest, TheNewestIsTheHighestStepWhateverElseIsThere) {
  write(9);
  write(100);
  make_folders(folder_ / "checkpoints" / "step-00000200.4711.tmp");  // what a killed process left

  EXPECT_EQ(run_.newest_checkpoint(), run_.checkpoint(100));
}

TEST_F(RunDirectoryTest, KeepsTheLastAndTheBest) {
  for (const std::uint64_t step : {1U, 2U, 3U, 4U}) write(step);

  run_.tidy(2, 1);

  EXPECT_TRUE(has(1));
  EXPECT_FALSE(has(2));
  EXPECT_TRUE(has(3));
  EXPECT_TRUE(has(4));
  EXPECT_EQ(fs::canonical(folder_ / "latest"), fs::canonical(run_.checkpoint(4)));
  EXPECT_EQ(fs::canonical(folder_ / "best"), fs::canonical(run_.checkpoint(1)));
}

TEST_F(RunDirectoryTest, LinksFollowAndStayValidWhenTheRunIsMoved) {
  write(1);
  run_.tidy(1, 1);
  write(2);
  run_.tidy(1, 2);

  EXPECT_FALSE(has(1));
  EXPECT_EQ(fs::read_symlink(folder_ / "best"), fs::path("checkpoints") / "step-00000002");
}

TEST_F(RunDirectoryTest, PointsLinksAnewThatAKilledProcessDidNotGetTo) {
  write(1);
  write(2);
  fs::create_directory_symlink("checkpoints/step-00000001", folder_ / "latest");

  run_.tidy(2, 1);

  EXPECT_EQ(fs::canonical(folder_ / "latest"), fs::canonical(run_.checkpoint(2)));
  EXPECT_EQ(fs::canonical(folder_ / "best"), fs::canonical(run_.checkpoint(1)));
}

TEST_F(RunDirectoryTest, WithoutABestNothingIsCalledThat) {
  write(1);
  run_.tidy(1, 1);
  write(2);

  run_.tidy(1, std::nullopt);

  EXPECT_FALSE(fs::is_symlink(folder_ / "best"));
}

TEST_F(RunDirectoryTest, ClaimedByOneIsRefusedToAnother) {
  const auto lock = run_.claim();

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_.claim(); }, "another train is at work in ",
      fmt::format("process {} on ", ::getpid()));
}

TEST_F(RunDirectoryTest, ClaimingRemovesWhatWasHalfWritten) {
  write(1);
  make_folders(folder_ / "checkpoints" / "step-00000002.4711.tmp");
  write_file_atomically(folder_ / "config.toml.4711.tmp", "");

  const auto lock = run_.claim();

  EXPECT_TRUE(has(1));
  EXPECT_FALSE(fs::exists(folder_ / "checkpoints" / "step-00000002.4711.tmp"));
  EXPECT_FALSE(fs::exists(folder_ / "config.toml.4711.tmp"));
}

TEST_F(RunDirectoryTest, AFolderOfSomethingElseIsRefusedAndLeftAsItIs) {
  write_file_atomically(folder_ / "config.toml", "mine");
  write_file_atomically(folder_ / "thesis.4711.tmp", "mine");
  write_file_atomically(folder_ / "thesis.tex", "mine");

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_.claim(); }, folder_.path().string(), "thesis.tex",
      "isn't a run directory");

  EXPECT_TRUE(fs::exists(folder_ / "thesis.4711.tmp"));
}

TEST_F(RunDirectoryTest, TheOutputOfTheJobMayBeInTheFolderBefore) {
  write_file_atomically(folder_ / "slurm-12.out", "");
  write_file_atomically(folder_ / "train.log", "");

  EXPECT_NO_THROW((void)run_.claim());
}

}  // namespace
}  // namespace codectrace::train
