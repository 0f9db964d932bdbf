#include "evaluate/corpus_scorer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "evaluate/token_order.h"
#include "model/factory.h"
#include "model/kept/kept_features.h"
#include "tests/support/damage.h"
#include "tests/support/featured_corpus.h"
#include "tests/support/frozen_network.h"
#include "tests/support/small_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_corpus.h"
#include "tests/support/tiny_sast_net.h"

namespace codectrace::evaluate {
namespace {

class CorpusScorerTest : public testing::Test {
 protected:
  CorpusScorerTest() {
    torch::manual_seed(1);
    paths_ = test::write_tiny_corpus_with_lists(folder_.path(), 8);
  }
  /// What keeps features, if any, is written before.
  [[nodiscard]] std::vector<float> score(const std::shared_ptr<model::Network>& network,
                                         CorpusScoring scoring) const {
    const auto corpus = shard::Corpus::open(paths_.corpus);
    scoring.utterances = {0, 1, 2, 3, 4};
    scoring.batch_size = 8;
    return CorpusScorer(network, corpus, std::move(scoring)).score(0, 5);
  }
  static void expect_near(const std::vector<float>& found, const std::vector<float>& expected,
                          float tolerance) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], tolerance) << i;
  }

  test::TemporaryFolder folder_;
  test::TinyCorpus paths_;
};

TEST_F(CorpusScorerTest, ReadsKeptFeaturesInPlaceOfComputingThem) {
  const auto network = std::make_shared<test::FrozenNetwork>(800, test::four_heads());
  const auto computed = score(network, {});
  (void)test::with_features(paths_.corpus, *network);
  network->computed = 0;

  const auto read = score(network, {.kept = model::feature_spec(*network)});

  EXPECT_EQ(network->computed, 0);
  float largest = 0;
  for (const float logit : computed) largest = std::max(largest, std::abs(logit));
  expect_near(read, computed, 2e-3F * largest);  // float16: 2^-11 of a feature
  expect_near(score(network, {}), computed, 0);
}

TEST_F(CorpusScorerTest, OfASastNetGivesAboutTheSameWithFeaturesThatAreKept) {
  const auto network = model::make_network(test::tiny_sast_net(), test::four_tasks());
  const std::vector<std::uint64_t> seeds{1, 2, 3, 4, 5};
  const auto computed = score(network, {.token_order_seeds = seeds});
  (void)test::with_features(paths_.corpus, *network->frozen_part());

  const auto read = score(
      network, {.kept = model::feature_spec(*network->frozen_part()), .token_order_seeds = seeds});

  expect_near(read, computed, 1e-3F);
  EXPECT_NE(read, computed);  // float16
}

TEST_F(CorpusScorerTest, GivesBothOrdersOfAnUtterancesTokensOneAfterTheOther) {
  const auto network = model::make_network(test::tiny_sast_net(), test::four_tasks());
  const auto own = score(network, {});

  const auto both = score(network, {.token_order_seeds = {1, 2, 3, 4, 5}});
  const auto other_seeds = score(network, {.token_order_seeds = {6, 2, 3, 4, 5}});

  ASSERT_EQ(both.size(), 2 * own.size());
  const auto orders = by_token_order(both, 4);
  EXPECT_EQ(orders.own, own);
  const auto of_other_seeds = by_token_order(other_seeds, 4).shuffled;
  for (std::size_t u = 0; u < 5; ++u) {
    const auto first = [&](const std::vector<float>& logits) { return logits[4 * u]; };
    EXPECT_NE(first(orders.shuffled), first(own)) << u;
    EXPECT_EQ(first(orders.shuffled) == first(of_other_seeds), u != 0) << u;
  }
}

TEST_F(CorpusScorerTest, RoundsByAnUtterancesPlaceInTheBatchAndNotByWhatElseIsInIt) {
  const auto network = model::make_network(test::tiny_model(), test::four_tasks());
  const auto corpus = shard::Corpus::open(paths_.corpus);
  const auto score = [&](std::vector<std::uint64_t> utterances) {
    const auto count = utterances.size();
    return CorpusScorer(network, corpus, {.utterances = std::move(utterances), .batch_size = 8})
        .score(0, count);
  };

  const auto first_of_many = score({3, 0, 1, 2, 4});
  const auto alone = score({3});
  const auto last = score({0, 1, 2, 4, 3});

  const auto width = static_cast<std::ptrdiff_t>(alone.size());
  EXPECT_EQ(std::vector(first_of_many.begin(), first_of_many.begin() + width), alone);
  expect_near({last.end() - width, last.end()}, alone, 1e-5F);
}

TEST_F(CorpusScorerTest, GivesNoNumberForAnUtteranceWhoseFeaturesAreDamagedAndSkipped) {
  const auto network = std::make_shared<test::FrozenNetwork>(800, test::four_heads());
  const auto corpus = test::with_features(paths_.corpus, *network);
  const auto& shard = corpus.shard(0);
  test::flip_byte(shard.path(), shard.feature("double")->offset + 12 + 1);  // of utterance 1

  const auto logits = score(
      network, {.read = {true, shard::OnBadData::Skip}, .kept = model::feature_spec(*network)});

  constexpr std::size_t kWidth = 12;  // four heads' classes
  ASSERT_EQ(logits.size(), 5 * kWidth);
  for (std::size_t i = 0; i < logits.size(); ++i)
    EXPECT_EQ(std::isnan(logits[i]), i / kWidth == 1) << i;
}

}  // namespace
}  // namespace codectrace::evaluate
