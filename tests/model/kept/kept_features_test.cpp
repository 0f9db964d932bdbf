#include "model/kept/kept_features.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/featured_corpus.h"
#include "tests/support/frozen_network.h"
#include "tests/support/small_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_corpus.h"

namespace codectrace::model {
namespace {

using enum CachedFeatures;

class KeptFeatures : public testing::Test {
 protected:
  shard::Corpus without() {
    test::write_tiny_corpus_with_lists(folder_ / "without", 4);
    return shard::Corpus::open(folder_ / "without/corpus");
  }
  shard::Corpus with() {
    test::write_tiny_corpus_with_lists(folder_ / "with", 4);
    return test::with_features(folder_ / "with/corpus", network_);
  }

  test::TemporaryFolder folder_;
  test::FrozenNetwork network_{20, test::four_heads()};
};

TEST_F(KeptFeatures, AreReadWhereTheSameMadeThem) {
  const auto corpus = with();

  for (const auto choice : {Auto, Require}) {
    const auto kept = kept_features(&network_, corpus, choice);

    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(*kept, feature_spec(network_));
  }
  EXPECT_FALSE(kept_features(&network_, corpus, Never).has_value());
}

TEST_F(KeptFeatures, OfACorpusWithoutAnyAreComputedUnlessTheyAreRequired) {
  const auto corpus = without();

  EXPECT_FALSE(kept_features(&network_, corpus, Auto).has_value());
  test::expect_error(
      ErrorKind::Usage, [&] { (void)kept_features(&network_, corpus, Require); },
      "cached_features is require", "double", "preprocess features");
}

TEST_F(KeptFeatures, ThatSomethingElseMadeAreRefusedWithBothMakers) {
  const auto corpus = with();
  test::FrozenNetwork other(20, test::four_heads(), "double, weights 2");

  for (const auto choice : {Auto, Require}) {
    test::expect_error(
        ErrorKind::BadData, [&] { (void)kept_features(&other, corpus, choice); },
        "double, weights 1", "double, weights 2", "cached_features = \"never\"");
  }
  EXPECT_FALSE(kept_features(&other, corpus, Never).has_value());
}

TEST_F(KeptFeatures, AreNothingToANetworkWithoutAFrozenPart) {
  EXPECT_FALSE(kept_features(nullptr, with(), Require).has_value());
}

TEST_F(KeptFeatures, AskForTheWeightsOnlyWhereTheCorpusHasSome) {
  const auto unfeatured = without();
  const auto featured = with();
  network_.identified = 0;

  (void)kept_features(&network_, unfeatured, Auto);
  (void)kept_features(&network_, featured, Never);
  EXPECT_EQ(network_.identified, 0);
  (void)kept_features(&network_, featured, Auto);
  EXPECT_EQ(network_.identified, 1);
}

}  // namespace
}  // namespace codectrace::model
