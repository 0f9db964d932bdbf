#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "comm/self.h"
#include "preprocess/features/add_features.h"
#include "tests/support/file_tree.h"
#include "tests/support/frozen_network.h"
#include "tests/support/small_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::preprocess {
namespace {

TEST(AddFeaturesOnRanks, GivesTheBytesThatOneRankGives) {
  auto& comm = test::test_communicator();
  torch::set_num_threads(1);
  std::optional<test::TemporaryFolder> own;
  std::string mine;
  if (comm.is_root()) mine = own.emplace().path().string();
  const std::filesystem::path folder = comm.gathered_texts(mine).front();
  test::FrozenNetwork network(20, test::four_heads());
  if (comm.is_root()) {
    test::write_tiny_corpus(folder / "alone", 7, 11);
    test::write_tiny_corpus(folder / "together", 7, 11);
    comm::SelfCommunicator alone;
    ASSERT_EQ(add_features(folder / "alone", network, alone), ExitCode::Done);
  }
  comm.barrier();

  EXPECT_EQ(add_features(folder / "together", network, comm), ExitCode::Done);

  EXPECT_TRUE(test::contents_of(folder / "together") == test::contents_of(folder / "alone"));
  comm.barrier();
}

}  // namespace
}  // namespace codectrace::preprocess
