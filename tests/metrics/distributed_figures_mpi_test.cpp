#include "metrics/distributed_figures.h"

#include <gtest/gtest.h>

#include <limits>

#include <fmt/format.h>

#include "metrics/eer.h"
#include "tests/metrics/rank_share.h"
#include "tests/metrics/reference_case.h"
#include "tests/support/expect_error.h"
#include "tests/support/test_communicator.h"

namespace codectrace::metrics {
namespace {

using test::random_scores;
using test::RankShare;
using test::Scores;
using test::Spread;
using test::test_communicator;

template <class Score>
void expect_share_equals(const Scores& scores, Spread spread) {
  auto& comm = test_communicator();
  const RankShare<Score> share(scores, spread, comm);
  const auto curve = scores.curve();

  const auto figures = distributed_trade_off(share.scores(), {}, comm);
  const auto costs = distributed_ratio_costs(share.scores(), {}, comm);

  EXPECT_EQ(figures.auc, auc(curve));
  EXPECT_EQ(figures.min_dcf, min_dcf(curve));
  EXPECT_EQ(figures.min_cllr, min_cllr(curve));
  EXPECT_EQ(figures.eer_rocch, eer_rocch(curve));
  EXPECT_EQ(costs.act_dcf, act_dcf(curve));
  EXPECT_EQ(costs.cllr, cllr(curve));
}

/// To the bit, as doubles and as floats.
void expect_equal_to_sorted(const Scores& scores) {
  for (const auto spread : {Spread::Even, Spread::InBlocks, Spread::OneRankOnly}) {
    expect_share_equals<double>(scores, spread);
    expect_share_equals<float>(test::as_floats(scores), spread);
  }
}

TEST(DistributedFigures, EqualTheSortedOnesForRandomScoresWithAndWithoutTies) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    for (const double levels : {0.5, 4.0, 1e12}) {
      SCOPED_TRACE(fmt::format("seed {}, {} levels a unit", seed, levels));
      expect_equal_to_sorted(random_scores(seed, 150 + 7 * static_cast<int>(seed), 400, levels));
    }
  }
}

TEST(DistributedFigures, EqualTheSortedOnesAtTheirExtremes) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  expect_equal_to_sorted({std::vector<double>(7, 0.25), std::vector<double>(5, 0.25)});
  expect_equal_to_sorted({{1, 2, 3}, {-1, -2}});
  expect_equal_to_sorted({{-1, -2, -3}, {1, 2}});
  expect_equal_to_sorted({{kInfinity, 1, 0.0, -0.0, -kInfinity}, {-kInfinity, -0.0, kInfinity, 2}});
}

TEST(DistributedFigures, EqualTheSortedOnesWhereAKeyRangeHoldsMoreThanIsGatheredAtOnce) {
  auto scores = random_scores(5, 1'200'000, 1'100'000, 1e12);  // all within a few top bits
  for (auto* side : {&scores.bonafide, &scores.spoof}) {
    for (double& score : *side) score = 1 + score / 1024;
  }

  expect_share_equals<double>(scores, Spread::Even);
}

TEST(DistributedFigures, NeedBothClassesOnSomeRank) {
  const std::vector<double> some{1, 2};
  test::expect_error(
      ErrorKind::BadData,
      [&] {
        (void)distributed_trade_off(RankScores<double>{{}, some}, {}, test_communicator());
      },
      "no bona fide");
}

}  // namespace
}  // namespace codectrace::metrics
