#include "metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>

#include "metrics/eer.h"
#include "tests/metrics/reference_case.h"
#include "tests/support/expect_error.h"

namespace codectrace::metrics {
namespace {

using test::random_scores;
using test::ReferenceCase;
using test::Scores;

class IntervalOfCase : public testing::TestWithParam<const char*> {};

TEST_P(IntervalOfCase, EqualsTheStoredOne) {
  const ReferenceCase expected(GetParam());
  const auto scores = expected.scores();

  const auto interval = eer_interval(scores.bonafide, scores.spoof);

  EXPECT_NEAR(interval.low, expected.expected.at("eer_ci95")[0], 1e-9);
  EXPECT_NEAR(interval.high, expected.expected.at("eer_ci95")[1], 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Cases, IntervalOfCase, testing::Values("normal", "by_codec"),
                         [](const auto& test_case) { return std::string(test_case.param); });

/// The `number`-th resampling of `seed`, each class by itself.
Scores replicate(const Scores& scores, std::uint64_t seed, std::uint64_t number) {
  Scores drawn;
  for (std::uint64_t j = 0; j < scores.bonafide.size(); ++j) {
    drawn.bonafide.push_back(
        scores.bonafide[bootstrap_draw(seed, number, 0, j, scores.bonafide.size())]);
  }
  for (std::uint64_t j = 0; j < scores.spoof.size(); ++j) {
    drawn.spoof.push_back(scores.spoof[bootstrap_draw(seed, number, 1, j, scores.spoof.size())]);
  }
  return drawn;
}

TEST(EerInterval, IsThatOfReplicatesMadeOneByOne) {
  const auto scores = random_scores(5, 23, 41, 4);
  const BootstrapOptions options{.replicates = 64, .seed = 9};
  std::vector<double> values;
  for (std::uint64_t r = 0; r < 64; ++r) {
    const Scores drawn = replicate(scores, 9, r);
    values.push_back(eer(drawn.curve()).eer);
  }
  std::ranges::sort(values);

  const auto interval = eer_interval(scores.bonafide, scores.spoof, options);

  EXPECT_DOUBLE_EQ(interval.low, quantile(values, 0.025));
  EXPECT_DOUBLE_EQ(interval.high, quantile(values, 0.975));
}

TEST(EerInterval, ByTheReferencesRuleIsThatOfItsOwnRates) {
  const auto scores = random_scores(5, 23, 41, 4);  // many ties, where the two rules differ
  std::vector<double> values;
  for (std::uint64_t r = 0; r < 64; ++r) {
    const Scores drawn = replicate(scores, 9, r);
    values.push_back(eer_reference(drawn.curve()).eer);
  }
  std::ranges::sort(values);

  const auto interval = eer_interval(scores.bonafide, scores.spoof, {.replicates = 64, .seed = 9},
                                     EerRule::Reference);

  EXPECT_DOUBLE_EQ(interval.low, quantile(values, 0.025));
  EXPECT_DOUBLE_EQ(interval.high, quantile(values, 0.975));
  EXPECT_NE(interval.high,
            eer_interval(scores.bonafide, scores.spoof, {.replicates = 64, .seed = 9}).high);
}

TEST(EerInterval, ShrinksWithMoreUtterances) {
  const auto few = random_scores(1, 50, 50, 1e6);
  const auto many = random_scores(1, 5000, 5000, 1e6);

  const auto wide = eer_interval(few.bonafide, few.spoof, {.replicates = 200});
  const auto narrow = eer_interval(many.bonafide, many.spoof, {.replicates = 200});

  EXPECT_LT(5 * (narrow.high - narrow.low), wide.high - wide.low);
}

TEST(EerInterval, NeedsBothClasses) {
  test::expect_error(
      ErrorKind::BadData, [] { (void)eer_interval(std::vector{1.0}, {}); }, "no spoof");
}

TEST(BootstrapDraw, IsEvenlySpread) {
  constexpr std::uint64_t kBins = 7;
  std::vector<int> counts(kBins);
  for (std::uint64_t j = 0; j < 70000; ++j) ++counts.at(bootstrap_draw(1, 2, 3, j, kBins));

  // five standard deviations of a binomial
  for (const int count : counts) EXPECT_NEAR(count, 10000, 5 * 93);
}

TEST(ClassificationIntervals, HoldTheFiguresAndAreRepeatable) {
  std::vector<std::vector<std::size_t>> predictions(3);
  for (std::size_t i = 0; i < 300; ++i) predictions[i % 3].push_back(i % 5 == 0 ? 0 : i % 3);

  const auto first = classification_intervals(predictions);
  const auto second = classification_intervals(predictions);

  const double accuracy = (100 + 80 + 80) / 300.0;
  EXPECT_LT(first.accuracy.low, accuracy);
  EXPECT_GT(first.accuracy.high, accuracy);
  EXPECT_EQ(first.accuracy.low, second.accuracy.low);
  EXPECT_EQ(first.f1_weighted.high, second.f1_weighted.high);
  // Normal approximation of a binomial's 95 % interval, within a quarter: classes are drawn apart.
  const double expected_width = 2 * 1.96 * std::sqrt(accuracy * (1 - accuracy) / 300);
  EXPECT_NEAR(first.accuracy.high - first.accuracy.low, expected_width, expected_width / 4);
}

TEST(ClassificationIntervals, WithoutExamplesIsAnError) {
  const std::vector<std::vector<std::size_t>> none(3);
  test::expect_error(
      ErrorKind::BadData, [&] { (void)classification_intervals(none); }, "no examples");
}

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector sorted{1.0, 2.0, 4.0};

  EXPECT_EQ(quantile(sorted, 0), 1);
  EXPECT_EQ(quantile(sorted, 0.75), 3);
  EXPECT_EQ(quantile(sorted, 1), 4);
}

}  // namespace
}  // namespace codectrace::metrics
