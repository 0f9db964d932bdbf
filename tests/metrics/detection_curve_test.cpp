#include "metrics/detection_curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"

namespace codectrace::metrics {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(DetectionCurve, MakesOneStepOfEachDistinctScore) {
  const auto curve = detection_curve(std::vector{0.5, 2.0, 0.5}, std::vector{0.5, -1.0});

  ASSERT_EQ(curve.steps.size(), 3U);
  EXPECT_EQ(curve.steps[0].score, -1.0);
  EXPECT_EQ(curve.steps[1].bonafide, 2);
  EXPECT_EQ(curve.steps[1].spoof, 1);
  EXPECT_EQ(curve.steps[2].bonafide, 1);
}

TEST(DetectionCurve, TakesMinusZeroForZero) {
  EXPECT_EQ(detection_curve(std::vector{-0.0}, std::vector{0.0}).steps.size(), 1U);
}

TEST(PlacedScores, SayWhichStepEachScoreIs) {
  const std::vector<double> bonafide{0.5, 2.0, -0.0, 0.5};
  const std::vector<double> spoof{0.5, -1.0, 0.0, -kInfinity};

  const auto placed = placed_scores(bonafide, spoof);

  ASSERT_EQ(placed.curve.steps.size(), 5U);
  EXPECT_EQ(placed.bonafide, (std::vector<std::uint32_t>{3, 4, 2, 3}));
  EXPECT_EQ(placed.spoof, (std::vector<std::uint32_t>{3, 1, 2, 0}));
  for (std::size_t i = 0; i < bonafide.size(); ++i) {
    EXPECT_EQ(placed.curve.steps[placed.bonafide[i]].score, bonafide[i]);
  }
}

TEST(DetectionCurve, SortsInfinitiesToTheEnds) {
  const auto curve = detection_curve(std::vector{kInfinity, 1e308}, std::vector{-kInfinity});

  EXPECT_EQ(curve.steps.front().score, -kInfinity);
  EXPECT_EQ(curve.steps.back().score, kInfinity);
}

TEST(DetectionCurve, RejectsANanAndSaysWhere) {
  test::expect_error(
      ErrorKind::BadData,
      [] {
        (void)detection_curve(std::vector{1.0, std::nan("")}, {});
      },
      "bona fide score 1 of 2", "NaN");
}

TEST(DetectionCurve, RatesGoFromAcceptAllToRejectAll) {
  const auto rates = error_rates(detection_curve(std::vector{1.0}, std::vector{0.0, 1.0}));

  ASSERT_EQ(rates.size(), 3U);
  EXPECT_EQ(rates.front().false_rejection, 0);
  EXPECT_EQ(rates.front().false_acceptance, 1);
  EXPECT_EQ(rates[1].false_acceptance, 0.5);
  EXPECT_EQ(rates.back().false_rejection, 1);
  EXPECT_EQ(rates.back().false_acceptance, 0);
}

TEST(DetectionCurve, NamesTheClassThatLacks) {
  test::expect_error(
      ErrorKind::BadData, [] { require_both_classes(detection_curve(std::vector{1.0}, {})); },
      "no spoof");
  test::expect_error(
      ErrorKind::BadData, [] { require_both_classes(detection_curve({}, std::vector{1.0})); },
      "no bona fide");
}

}  // namespace
}  // namespace codectrace::metrics
