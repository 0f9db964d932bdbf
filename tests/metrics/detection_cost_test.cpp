#include "metrics/detection_cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/metrics/reference_case.h"
#include "tests/support/expect_error.h"

namespace codectrace::metrics {
namespace {

using test::log_odds;
using test::random_scores;
using test::ReferenceCase;

constexpr double kExact = 1e-9;  // the figures are stored in full; only the order of sums differs
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class CostsOfCase : public testing::TestWithParam<const char*> {};

TEST_P(CostsOfCase, EqualTheStoredFigures) {
  const ReferenceCase expected(GetParam());
  const auto scores = expected.scores();
  const auto llrs = log_odds(scores).curve();

  EXPECT_NEAR(min_dcf(scores.curve()), expected.figure("min_dcf"), kExact);
  EXPECT_NEAR(act_dcf(llrs), expected.figure("act_dcf"), kExact);
  EXPECT_NEAR(cllr(llrs), expected.figure("cllr"), kExact);
  EXPECT_NEAR(min_cllr(scores.curve()), expected.figure("min_cllr"), kExact);
}

INSTANTIATE_TEST_SUITE_P(Cases, CostsOfCase,
                         testing::Values("separated", "inverted", "normal", "ties", "all_equal",
                                         "tiny", "by_codec"),
                         [](const auto& test_case) { return std::string(test_case.param); });

TEST(DetectionCost, TakesInfiniteRatios) {
  const ReferenceCase expected("infinite");
  const auto llrs = expected.scores().curve();

  EXPECT_NEAR(min_dcf(llrs), expected.figure("min_dcf"), kExact);
  EXPECT_NEAR(act_dcf(llrs), expected.figure("act_dcf"), kExact);
  EXPECT_NEAR(min_cllr(llrs), expected.figure("min_cllr"), kExact);
  EXPECT_EQ(cllr(llrs), kInfinity);
}

TEST(DetectionCost, InfinitelyRightRatiosCostNothing) {
  EXPECT_EQ(cllr(detection_curve(std::vector{kInfinity}, std::vector{-kInfinity})), 0);
}

TEST(DetectionCost, LargeRatiosDontOverflow) {
  EXPECT_NEAR(cllr(detection_curve(std::vector{-1e4}, std::vector{1e4})), 1e4 / std::log(2), 1e-6);
}

TEST(DetectionCost, UninformativeRatiosCostOneBit) {
  EXPECT_DOUBLE_EQ(cllr(detection_curve(std::vector{0.0, 0.0}, std::vector{0.0})), 1);
}

TEST(DetectionCost, TheLeastCostIsNeverAboveTheActualOne) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto curve = random_scores(seed, 40, 90, 4).curve();
    EXPECT_LE(min_dcf(curve), act_dcf(curve) + 1e-12) << seed;
    EXPECT_LE(min_cllr(curve), cllr(curve) + 1e-12) << seed;
    EXPECT_LE(min_dcf(curve), 1 + 1e-12) << seed;
    EXPECT_LE(min_cllr(curve), 1 + 1e-12) << seed;
  }
}

TEST(DetectionCost, MinimumCostIsUnchangedByARisingTransform) {
  const auto scores = random_scores(3, 50, 80, 8);
  auto transformed = scores;
  for (double& score : transformed.bonafide) score = 2 * score + 7;
  for (double& score : transformed.spoof) score = 2 * score + 7;

  EXPECT_EQ(min_dcf(transformed.curve()), min_dcf(scores.curve()));
  EXPECT_EQ(min_cllr(transformed.curve()), min_cllr(scores.curve()));
}

TEST(DetectionCost, ActualCostChangesAtTheBayesThreshold) {
  const double threshold = -std::log(DetectionCost{}.beta());
  const double below = std::nextafter(threshold, -1.0);

  EXPECT_EQ(act_dcf(detection_curve(std::vector{1.0}, std::vector{threshold})), 1);
  EXPECT_EQ(act_dcf(detection_curve(std::vector{1.0}, std::vector{below})), 0);
}

TEST(DetectionCost, NeedsBothClasses) {
  const auto curve = detection_curve(std::vector{1.0}, {});
  test::expect_error(
      ErrorKind::BadData, [&] { (void)min_dcf(curve); }, "no spoof");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)act_dcf(curve); }, "no spoof");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)cllr(curve); }, "no spoof");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)min_cllr(curve); }, "no spoof");
}

}  // namespace
}  // namespace codectrace::metrics
