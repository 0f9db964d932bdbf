#include "shard/inspect.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

TEST(ShardInspect, CountsWhatACorpusHolds) {
  const test::TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 2, 5);

  const auto contents = inspect(folder.path());

  EXPECT_EQ(contents.header, test::tiny_header());
  EXPECT_EQ(contents.shards, 2U);
  EXPECT_EQ(contents.utterances, 10U);
  std::uint64_t samples = 0;
  for (std::uint64_t u = 0; u < 10; ++u) samples += test::tiny_samples(u).size();
  EXPECT_EQ(contents.samples, samples);
  EXPECT_EQ(contents.shortest, test::tiny_samples(0).size());
  EXPECT_EQ(contents.longest, test::tiny_samples(6).size());
  ASSERT_EQ(contents.columns.size(), 2U);
  EXPECT_EQ(contents.columns[0].spec.name, "codec");
  EXPECT_EQ(contents.columns[0].unknown, 10U);
  EXPECT_EQ(contents.columns[1].utterances, (std::vector<std::uint64_t>{5, 5}));
}

TEST(ShardInspect, TakesAShardByItselfEvenAnEmptyOne) {
  const test::TemporaryFolder folder;
  test::write_tiny_shard(folder / "shard.h5", 0, 0);

  const auto contents = inspect(folder / "shard.h5");

  EXPECT_EQ(contents.shards, 1U);
  EXPECT_EQ(contents.shortest, 0U);
  EXPECT_EQ(contents.longest, 0U);
}

}  // namespace
}  // namespace codectrace::shard
