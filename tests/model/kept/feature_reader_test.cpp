#include "model/kept/feature_reader.h"

#include <gtest/gtest.h>

#include "model/kept/kept_features.h"
#include "shard/reader.h"
#include "tests/support/damage.h"
#include "tests/support/featured_corpus.h"
#include "tests/support/frozen_network.h"
#include "tests/support/small_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_corpus.h"

namespace codectrace::model {
namespace {

class FeatureReaderTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  test::FrozenNetwork network_{20, test::four_heads()};
  shard::Corpus corpus_ =
      test::with_features(test::write_tiny_corpus_with_lists(folder_.path(), 8).corpus, network_);
  std::vector<float> samples_;
};

TEST_F(FeatureReaderTest, FillsTheRowOfAnUtteranceAndNoOther) {
  const shard::UtteranceReader utterances(corpus_, {});
  const FeatureReader reader(utterances, feature_spec(network_));
  const auto rows = reader.rows(3);
  ASSERT_EQ(rows.sizes(), (std::vector<std::int64_t>{3, 2, 3}));

  ASSERT_TRUE(reader.read(5, samples_, rows, 1));

  std::vector<shard::Half> kept(6);
  ASSERT_TRUE(utterances.read_feature(5, "double", kept));
  for (std::int64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(rows[1].flatten()[i].item<float>(),
              static_cast<float>(
                  at::Half(kept[static_cast<std::size_t>(i)].bits, at::Half::from_bits())));
  }
  EXPECT_EQ(rows[0].abs().sum().item<float>() + rows[2].abs().sum().item<float>(), 0);
  std::vector<float> alone;
  ASSERT_TRUE(utterances.read(5, alone));
  EXPECT_EQ(samples_, alone);
}

TEST_F(FeatureReaderTest, WithoutKeptFeaturesReadsSamplesAlone) {
  const shard::UtteranceReader utterances(corpus_, {});
  const FeatureReader reader(utterances, std::nullopt);

  const auto rows = reader.rows(3);

  EXPECT_FALSE(rows.defined());
  EXPECT_TRUE(reader.read(5, samples_, rows, 1));
  EXPECT_FALSE(samples_.empty());
}

TEST_F(FeatureReaderTest, SkipsAnUtteranceWhoseFeaturesAreDamagedAsOneWhoseSamplesAre) {
  const auto path = corpus_.shard(0).path();
  test::flip_byte(path, corpus_.shard(0).feature("double")->offset + 1);  // of utterance 0
  const shard::UtteranceReader utterances(
      corpus_, {.check_crc = true, .on_bad_data = shard::OnBadData::Skip});
  const FeatureReader reader(utterances, feature_spec(network_));
  const auto rows = reader.rows(1);

  EXPECT_FALSE(reader.read(0, samples_, rows, 0));
  EXPECT_TRUE(reader.read(1, samples_, rows, 0));
  EXPECT_EQ(utterances.skipped(), 1U);
}

}  // namespace
}  // namespace codectrace::model
