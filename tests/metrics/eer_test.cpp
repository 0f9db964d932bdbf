#include "metrics/eer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>
#include <tuple>

#include "tests/metrics/reference_case.h"
#include "tests/support/expect_error.h"

namespace codectrace::metrics {
namespace {

using test::random_scores;
using test::ReferenceCase;
using test::Scores;

constexpr double kExact = 1e-9;  // the figures are stored in full; only the order of sums differs

class EerOfCase : public testing::TestWithParam<const char*> {};

TEST_P(EerOfCase, EqualsTheStoredFigures) {
  const ReferenceCase expected(GetParam());
  const auto curve = expected.scores().curve();

  EXPECT_NEAR(eer(curve).eer, expected.figure("eer"), kExact);
  EXPECT_EQ(eer(curve).threshold, expected.figure("threshold"));
  EXPECT_EQ(eer_reference(curve).eer, expected.figure("eer_reference"));  // to the bit
  EXPECT_EQ(eer_reference(curve).threshold, expected.figure("threshold_reference"));
  EXPECT_NEAR(auc(curve), expected.figure("auc"), kExact);
}

INSTANTIATE_TEST_SUITE_P(Cases, EerOfCase,
                         testing::Values("separated", "inverted", "normal", "ties", "all_equal",
                                         "tiny", "by_codec", "infinite"),
                         [](const auto& test_case) { return std::string(test_case.param); });

/// The same definition, rates recounted from the scores at every boundary, in doubles.
double brute_force_eer(const Scores& scores) {
  std::vector<double> thresholds = scores.bonafide;
  thresholds.insert(thresholds.end(), scores.spoof.begin(), scores.spoof.end());
  std::ranges::sort(thresholds);
  double frr_before = 0;
  double far_before = 1;
  for (const double threshold : thresholds) {
    const auto at_most = [threshold](double score) { return score <= threshold; };
    const double frr = static_cast<double>(std::ranges::count_if(scores.bonafide, at_most)) /
                       static_cast<double>(scores.bonafide.size());
    const double far = 1 - static_cast<double>(std::ranges::count_if(scores.spoof, at_most)) /
                               static_cast<double>(scores.spoof.size());
    if (frr >= far) {  // where the segment meets the diagonal
      const double t = (far_before - frr_before) / (far_before - frr_before + frr - far);
      return frr_before + t * (frr - frr_before);
    }
    frr_before = frr;
    far_before = far;
  }
  return 1;
}

/// The published rule on a list of scores: stable sort, one point after each, nearest rates.
double brute_force_reference_eer(const Scores& scores) {
  std::vector<std::pair<double, bool>> all;
  for (const double score : scores.bonafide) all.emplace_back(score, true);
  for (const double score : scores.spoof) all.emplace_back(score, false);
  std::ranges::stable_sort(all, {}, &std::pair<double, bool>::first);
  double best_gap = std::numeric_limits<double>::infinity();
  double best = 0;
  for (std::size_t i = 0; i <= all.size(); ++i) {
    const auto seen = all | std::views::take(i);
    const auto targets = std::ranges::count_if(seen, [](const auto& s) { return s.second; });
    const auto others = static_cast<std::ptrdiff_t>(i) - targets;
    const double frr = static_cast<double>(targets) / static_cast<double>(scores.bonafide.size());
    const double far = static_cast<double>(std::ssize(scores.spoof) - others) /
                       static_cast<double>(scores.spoof.size());
    if (std::abs(frr - far) < best_gap) {
      best_gap = std::abs(frr - far);
      best = (frr + far) / 2;
    }
  }
  return best;
}

class EerOfRandomScores
    : public testing::TestWithParam<std::tuple<std::uint64_t, int, int, double>> {
 protected:
  Scores scores() const { return std::apply(random_scores, GetParam()); }
};

TEST_P(EerOfRandomScores, AgreesWithCountingAtEveryThreshold) {
  EXPECT_NEAR(eer(scores().curve()).eer, brute_force_eer(scores()), 1e-12);
  EXPECT_EQ(eer_reference(scores().curve()).eer, brute_force_reference_eer(scores()));
}

TEST_P(EerOfRandomScores, IsUnchangedByARisingTransform) {
  auto transformed = scores();
  for (auto* side : {&transformed.bonafide, &transformed.spoof}) {
    for (double& score : *side) score = std::exp(score) - 3;
  }

  EXPECT_EQ(eer(transformed.curve()).eer, eer(scores().curve()).eer);
  EXPECT_EQ(eer_reference(transformed.curve()).eer, eer_reference(scores().curve()).eer);
  EXPECT_EQ(auc(transformed.curve()), auc(scores().curve()));
}

TEST_P(EerOfRandomScores, IsUnchangedByTheOrderOfScores) {
  auto reversed = scores();
  std::ranges::reverse(reversed.bonafide);
  std::ranges::reverse(reversed.spoof);

  EXPECT_EQ(eer(reversed.curve()).eer, eer(scores().curve()).eer);
  EXPECT_EQ(eer_reference(reversed.curve()).eer, eer_reference(scores().curve()).eer);
}

TEST_P(EerOfRandomScores, IsUnchangedIfLabelsSwapAndScoresAreNegated) {
  Scores swapped{scores().spoof, scores().bonafide};
  for (auto* side : {&swapped.bonafide, &swapped.spoof}) {
    for (double& score : *side) score = -score;
  }

  EXPECT_NEAR(eer(swapped.curve()).eer, eer(scores().curve()).eer, 1e-12);
  EXPECT_NEAR(auc(swapped.curve()), auc(scores().curve()), 1e-12);
}

TEST_P(EerOfRandomScores, AucIsTheShareOfPairsInOrder) {
  const auto all = scores();
  double wins = 0;
  for (const double high : all.bonafide) {
    for (const double low : all.spoof) wins += high > low ? 1.0 : high == low ? 0.5 : 0.0;
  }

  const auto pairs = static_cast<double>(all.bonafide.size() * all.spoof.size());
  EXPECT_NEAR(auc(all.curve()), wins / pairs, 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Sizes, EerOfRandomScores,
                         testing::Combine(testing::Values(1, 2, 3), testing::Values(1, 7, 120),
                                          testing::Values(1, 11, 200),
                                          testing::Values(1.0, 8.0, 1e9)));

TEST(Eer, NeedsBothClasses) {
  test::expect_error(
      ErrorKind::BadData, [] { (void)eer(std::vector{1.0}, {}); }, "no spoof");
  test::expect_error(
      ErrorKind::BadData, [] { (void)eer_reference(detection_curve({}, std::vector{1.0})); },
      "no bona fide");
}

TEST(Eer, StaysExactWhereCountsOverflow64Bits) {
  DetectionCurve curve;
  curve.num_bonafide = curve.num_spoof = std::int64_t{1} << 40;
  curve.steps = {{0.0, curve.num_bonafide / 4, curve.num_spoof / 4 * 3},
                 {1.0, curve.num_bonafide / 4 * 3, curve.num_spoof / 4}};

  EXPECT_EQ(eer(curve).eer, 0.25);
  EXPECT_EQ(auc(curve), 0.75);
}

}  // namespace
}  // namespace codectrace::metrics
