#include "train/kept_features.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/featured_corpus.h"
#include "tests/support/frozen_network.h"
#include "tests/support/small_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_corpus.h"

namespace codectrace::train {
namespace {

/// A corpus that keeps what the network's frozen part gives, and a job that can read it.
class KeptFeaturesOfTraining : public testing::Test {
 protected:
  KeptFeaturesOfTraining() {
    config_.data.crop = Crop::Start;
    config_.data.dev_lists = {"dev.txt"};
    config_.augment.rawboost = 0;
  }
  train::KeptFeatures kept() { return kept_features(network_, corpus_, config_); }

  test::TemporaryFolder folder_;
  test::FrozenNetwork network_{800, test::four_heads()};
  shard::Corpus corpus_ =
      test::with_features(test::write_tiny_corpus_with_lists(folder_.path(), 8).corpus, network_);
  Config config_;
};

TEST_F(KeptFeaturesOfTraining, AreReadForTrainingAndDev) {
  EXPECT_TRUE(kept().training.has_value());
  EXPECT_TRUE(kept().dev.has_value());
}

TEST_F(KeptFeaturesOfTraining, AreReadForDevAloneWhereTrainingChangesWhatIsHeard) {
  config_.augment.rawboost = 5;
  EXPECT_FALSE(kept().training.has_value());
  EXPECT_TRUE(kept().dev.has_value());

  config_.augment.rawboost = 0;
  config_.data.crop = Crop::Random;
  EXPECT_FALSE(kept().training.has_value());
  EXPECT_TRUE(kept().dev.has_value());
}

TEST_F(KeptFeaturesOfTraining, AreReadForNothingWhereTheReferenceAugmentsDevToo) {
  config_.augment.rawboost = 5;
  config_.compat.reference = true;
  network_.identified = 0;

  EXPECT_FALSE(kept().training.has_value() || kept().dev.has_value());
  EXPECT_EQ(network_.identified, 0);  // nobody wants to know
}

TEST_F(KeptFeaturesOfTraining, ThatAreRequiredAndCantBeReadForTrainingAreAnError) {
  config_.data.cached_features = model::CachedFeatures::Require;
  config_.augment.rawboost = 5;
  test::expect_error(
      ErrorKind::Usage, [&] { (void)kept(); }, "data.cached_features is require",
      "augment.rawboost");
  config_.augment.rawboost = 0;
  config_.data.crop = Crop::Random;
  test::expect_error(
      ErrorKind::Usage, [&] { (void)kept(); }, "data.crop");
}

TEST_F(KeptFeaturesOfTraining, OfAnotherNetworkAreRefused) {
  test::FrozenNetwork other(800, test::four_heads(), "double, weights 2");

  test::expect_error(
      ErrorKind::BadData, [&] { (void)kept_features(other, corpus_, config_); },
      "double, weights 1", "double, weights 2", "data.cached_features");
  config_.data.cached_features = model::CachedFeatures::Never;
  EXPECT_FALSE(kept_features(other, corpus_, config_).dev.has_value());
}

TEST_F(KeptFeaturesOfTraining, OfAnotherCorpusAreReadForItsListsWhatTrainingHears) {
  config_.augment.rawboost = 5;
  const test::TemporaryFolder elsewhere;
  const auto without =
      shard::Corpus::open(test::write_tiny_corpus_with_lists(elsewhere.path(), 8).corpus);

  EXPECT_TRUE(kept_features_of_scored(network_, corpus_, config_).has_value());
  EXPECT_FALSE(kept_features_of_scored(network_, without, config_).has_value());

  config_.data.cached_features = model::CachedFeatures::Require;
  test::expect_error(
      ErrorKind::Usage, [&] { (void)kept_features_of_scored(network_, without, config_); },
      elsewhere.path().string());
  config_.data.cached_features = model::CachedFeatures::Never;
  EXPECT_FALSE(kept_features_of_scored(network_, corpus_, config_).has_value());
}

TEST_F(KeptFeaturesOfTraining, AreNothingToANetworkWithoutAFrozenPart) {
  test::SmallNetwork unfrozen(800, test::four_heads());

  EXPECT_FALSE(kept_features(unfrozen, corpus_, config_).training.has_value());
}

}  // namespace
}  // namespace codectrace::train
