#include "metrics/poisson_bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "comm/self.h"
#include "core/random.h"
#include "metrics/bootstrap.h"
#include "tests/metrics/reference_case.h"

namespace codectrace::metrics {
namespace {

TEST(Poisson, HasItsMeanAndVarianceBelowAndAboveTheApproximation) {
  for (const double mean : {0.3, 5.0, 63.0, 65.0, 5000.0}) {
    SCOPED_TRACE(mean);
    constexpr int kDraws = 40'000;
    double sum = 0;
    double squares = 0;
    for (std::uint64_t i = 0; i < kDraws; ++i) {
      const auto value = static_cast<double>(poisson(mean, mix64(2 * i + 7), mix64(2 * i + 8)));
      sum += value;
      squares += (value - mean) * (value - mean);
    }

    EXPECT_NEAR(sum / kDraws, mean, 5 * std::sqrt(mean / kDraws));    // five standard deviations
    const double spread = mean * std::sqrt((2 + 1 / mean) / kDraws);  // of a sample's variance
    EXPECT_NEAR(squares / kDraws, mean, 5 * spread);
  }
}

TEST(Poisson, OfNothingIsNothing) { EXPECT_EQ(poisson(0, mix64(1), mix64(2)), 0); }

TEST(PoissonEers, SpreadAsWidelyAsUtterancesDrawnOneByOne) {
  const auto scores = test::random_scores(1, 4000, 9000, 1e6);
  const BootstrapOptions options{.replicates = 1000, .seed = 1};
  const auto one_by_one = eer_interval(scores.bonafide, scores.spoof, options);

  comm::SelfCommunicator alone;
  const auto by_counts =
      poisson_eer_interval(pooled(scores.curve()), options, EerRule::TieCorrect, alone);

  // Ends of an interval of 1000 replicates are themselves uncertain by a few per cent of its width.
  const double width = one_by_one.high - one_by_one.low;
  EXPECT_NEAR(by_counts.low, one_by_one.low, 0.15 * width);
  EXPECT_NEAR(by_counts.high, one_by_one.high, 0.15 * width);
}

TEST(PooledCurve, IsTheSameIfNeighboursOfOneClassComeAsOneStep) {
  const auto curve = test::random_scores(3, 20'000, 30'000, 1e3).curve();
  CurvePool by_runs(curve.num_bonafide + curve.num_spoof);
  for (std::size_t i = 0; i < curve.steps.size();) {
    auto run = curve.steps[i++];
    while (i < curve.steps.size() && i % 7 != 0 && run.spoof == 0 && curve.steps[i].spoof == 0) {
      run.bonafide += curve.steps[i++].bonafide;
    }
    by_runs.add(run);
  }

  const auto expected = pooled(curve);
  const auto found = std::move(by_runs).curve();

  ASSERT_EQ(found.steps.size(), expected.steps.size());
  EXPECT_LT(found.steps.size(), 9000U);
  EXPECT_EQ(found.num_bonafide, 20'000);
  for (std::size_t i = 0; i < found.steps.size(); ++i) {
    EXPECT_EQ(found.steps[i].bonafide, expected.steps[i].bonafide);
    EXPECT_EQ(found.steps[i].spoof, expected.steps[i].spoof);
  }
}

TEST(PooledCurve, HasTheEerOfTheWholeCurveWherePoolingIsFine) {
  const auto curve = test::random_scores(4, 200'000, 300'000, 1e9).curve();

  EXPECT_NEAR(eer(pooled(curve)).eer, eer(curve).eer, 1e-4);
}

TEST(PoissonEers, KeepAClassOfOneUtterance) {
  DetectionCurve curve;
  for (int i = 0; i < 5000; ++i) curve.steps.push_back({static_cast<double>(i), i == 4000, 1});
  curve.num_bonafide = 1;
  curve.num_spoof = 5000;

  double largest = 0;
  for (std::uint64_t r = 0; r < 50; ++r) {
    largest = std::max(largest, poisson_eer(pooled(curve), 1, r, EerRule::TieCorrect));
  }

  EXPECT_NEAR(largest, 0.2, 0.03);
}

TEST(EerInterval, OfAMillionAndAHalfUtterancesHoldsTheEer) {
  const auto scores = test::random_scores(2, 500'000, 1'000'001, 1e9);
  const double expected = eer(scores.curve()).eer;

  const auto interval = eer_interval(scores.bonafide, scores.spoof, {.replicates = 200});

  EXPECT_LT(interval.low, expected);
  EXPECT_GT(interval.high, expected);
  EXPECT_LT(interval.high - interval.low, 0.003);
}

TEST(ClassificationIntervals, OfAMillionAndAHalfUtterancesAreNearTheNormalApproximation) {
  constexpr std::size_t kUtterances = 1'500'000;
  std::vector<std::vector<std::size_t>> predictions(2);
  for (std::size_t i = 0; i < kUtterances; ++i) {
    predictions[i % 2].push_back(i % 10 < 8 ? i % 2 : 1 - i % 2);
  }

  const auto interval = classification_intervals(predictions, {.replicates = 500}).accuracy;

  const double width = 2 * 1.96 * std::sqrt(0.8 * 0.2 / kUtterances);
  EXPECT_LT(interval.low, 0.8);
  EXPECT_GT(interval.high, 0.8);
  EXPECT_NEAR(interval.high - interval.low, width, width / 5);
}

}  // namespace
}  // namespace codectrace::metrics
