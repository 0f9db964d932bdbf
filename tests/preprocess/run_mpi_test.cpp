#include "preprocess/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "comm/self.h"
#include "preprocess/work_list.h"
#include "shard/corpus.h"
#include "tests/support/audio_set.h"
#include "tests/support/file_tree.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"

namespace codectrace::preprocess {
namespace {

using test::contents_of;
using test::test_communicator;

/// One folder for all ranks; the root makes and removes it.
class PreprocessOnRanks : public testing::Test {
 protected:
  PreprocessOnRanks() {
    auto& comm = test_communicator();
    std::string path;
    if (comm.is_root()) path = own_.emplace().path().string();
    broadcast(path, comm);
    folder_ = path;
    if (comm.is_root()) test::write_cors_set(folder_ / "audio", 25);
    comm.barrier();
  }
  ~PreprocessOnRanks() override { test_communicator().barrier(); }

  [[nodiscard]] Config config(const std::string& out) const {
    auto& comm = test_communicator();
    Config config;
    if (comm.is_root()) config = test::small_config(folder_ / "audio", folder_ / out);
    comm.barrier();
    if (!comm.is_root()) {
      config.audio = (folder_ / "audio").string();
      config.out = (folder_ / out).string();
      config.taxonomy = (folder_ / "taxonomy.toml").string();
      config.shard.utterances = 7;
    }
    return config;
  }

  std::filesystem::path folder_;

 private:
  std::optional<test::TemporaryFolder> own_;
};

TEST_F(PreprocessOnRanks, MakesTheBytesThatOneRankMakes) {
  auto& comm = test_communicator();
  if (comm.is_root()) {
    comm::SelfCommunicator alone;
    ASSERT_EQ(run(test::small_config(folder_ / "audio", folder_ / "alone"), alone), ExitCode::Done);
  }

  EXPECT_EQ(run(config("together"), comm), ExitCode::Done);

  auto expected = contents_of(folder_ / "alone");
  auto found = contents_of(folder_ / "together");
  expected.erase("preprocess.toml");  // names the directory itself
  found.erase("preprocess.toml");
  EXPECT_EQ(expected.size(), 11U + 4U);  // 75 utterances by 7, four JSON files
  EXPECT_TRUE(found == expected);
}

TEST_F(PreprocessOnRanks, FailsOnAllRanksWhereOneMeetsABadFile) {
  auto& comm = test_communicator();
  if (comm.is_root()) test::write_bytes(folder_ / "audio/p225_999.wav", "not audio");
  const auto bad = config("bad");
  std::string message;

  try {
    static_cast<void>(run(bad, comm));
  } catch (const Error& error) {
    message = error.what();
    EXPECT_EQ(error.kind(), ErrorKind::BadData);
  }

  EXPECT_THAT(message, testing::HasSubstr("p225_999"));
  EXPECT_THAT(message, testing::HasSubstr("policy.undecodable"));
  comm.barrier();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "bad/corpus.json"));
}

TEST_F(PreprocessOnRanks, RecognisesAFinishedCorpusOnAllRanks) {
  auto& comm = test_communicator();
  const auto same = config("corpus");
  ASSERT_EQ(run(same, comm), ExitCode::Done);
  comm.barrier();
  const auto before = std::filesystem::last_write_time(folder_ / "corpus/shard-00000.h5");

  EXPECT_EQ(run(same, comm), ExitCode::Done);

  EXPECT_EQ(std::filesystem::last_write_time(folder_ / "corpus/shard-00000.h5"), before);
}

}  // namespace
}  // namespace codectrace::preprocess
