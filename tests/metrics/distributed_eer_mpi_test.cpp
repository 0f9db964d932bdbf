#include "metrics/distributed_eer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tests/metrics/rank_share.h"
#include "tests/metrics/reference_case.h"
#include "tests/support/expect_error.h"
#include "tests/support/test_communicator.h"

namespace codectrace::metrics {
namespace {

using test::as_floats;
using test::random_scores;
using test::RankShare;
using test::Scores;
using test::test_communicator;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// To the bit, by both rules, however the scores are spread, as doubles and as floats.
void expect_equal_to_sorted(const Scores& scores) {
  for (const auto spread :
       {test::Spread::Even, test::Spread::InBlocks, test::Spread::OneRankOnly}) {
    for (const auto rule : {EerRule::TieCorrect, EerRule::Reference}) {
      const RankShare<double> share(scores, spread, test_communicator());
      const auto sorted = eer(scores.curve(), rule);

      const auto found = distributed_eer(share.scores(), rule, test_communicator());

      EXPECT_EQ(found.eer, sorted.eer);
      EXPECT_EQ(found.threshold, sorted.threshold);

      const auto rounded = as_floats(scores);
      const RankShare<float> float_share(rounded, spread, test_communicator());
      const auto of_floats = distributed_eer(float_share.scores(), rule, test_communicator());
      EXPECT_EQ(of_floats.eer, eer(rounded.curve(), rule).eer);
      EXPECT_EQ(of_floats.threshold, eer(rounded.curve(), rule).threshold);
    }
  }
}

TEST(DistributedEer, EqualsTheSortedOneForRandomScoresWithAndWithoutTies) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    for (const double levels : {0.5, 2.0, 16.0, 1e3, 1e12}) {
      SCOPED_TRACE(fmt::format("seed {}, {} levels a unit", seed, levels));
      expect_equal_to_sorted(random_scores(seed, 150 + 7 * static_cast<int>(seed), 400, levels));
    }
  }
}

TEST(DistributedEer, EqualsTheSortedOneForFewScores) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    expect_equal_to_sorted(
        random_scores(seed, 1 + static_cast<int>(seed % 4), 1 + static_cast<int>(seed / 4 % 5), 2));
  }
}

TEST(DistributedEer, OfEqualScoresIsAHalfOrByTheReferencesRuleOne) {
  const Scores scores{std::vector<double>(7, 0.25), std::vector<double>(5, 0.25)};
  const RankShare<double> share(scores, test::Spread::Even, test_communicator());

  EXPECT_EQ(distributed_eer(share.scores(), EerRule::TieCorrect, test_communicator()).eer, 0.5);
  EXPECT_EQ(distributed_eer(share.scores(), EerRule::Reference, test_communicator()).eer, 1);
  expect_equal_to_sorted(scores);
}

TEST(DistributedEer, OfSeparatedScoresIsZeroAndOfInvertedOnesOne) {
  Scores separated;
  for (int i = 1; i <= 50; ++i) {
    separated.bonafide.push_back(i);
    separated.spoof.push_back(-i);
  }
  const Scores inverted{separated.spoof, separated.bonafide};

  expect_equal_to_sorted(separated);
  expect_equal_to_sorted(inverted);
  const RankShare<double> good(separated, test::Spread::Even, test_communicator());
  const RankShare<double> bad(inverted, test::Spread::Even, test_communicator());
  EXPECT_EQ(distributed_eer(good.scores(), EerRule::TieCorrect, test_communicator()).eer, 0);
  EXPECT_EQ(distributed_eer(bad.scores(), EerRule::TieCorrect, test_communicator()).eer, 1);
}

TEST(DistributedEer, TakesInfinitiesBothZerosAndTheSmallestNumbers) {
  const double tiny = std::numeric_limits<double>::denorm_min();
  expect_equal_to_sorted({{kInfinity, 1, 0.0, -0.0, -kInfinity, tiny, 1e300},
                          {-kInfinity, -1, -0.0, 0.0, kInfinity, -tiny, -1e300, 0.5}});
  expect_equal_to_sorted({{kInfinity, kInfinity}, {kInfinity, -kInfinity}});
}

TEST(DistributedEer, IsUnchangedByARisingTransformAndBySwappedLabels) {
  const auto scores = random_scores(3, 211, 307, 8);
  const auto eer_of = [](const Scores& some) {
    const RankShare<double> share(some, test::Spread::Even, test_communicator());
    return distributed_eer(share.scores(), EerRule::TieCorrect, test_communicator()).eer;
  };
  auto transformed = scores;
  Scores swapped{scores.spoof, scores.bonafide};
  for (auto* side : {&transformed.bonafide, &transformed.spoof}) {
    for (double& score : *side) score = std::exp(score) - 3;
  }
  for (auto* side : {&swapped.bonafide, &swapped.spoof}) {
    for (double& score : *side) score = -score;
  }

  EXPECT_EQ(eer_of(transformed), eer_of(scores));
  EXPECT_NEAR(eer_of(swapped), eer_of(scores), 1e-12);  // another bona fide count divides
}

TEST(DistributedEer, TellsEveryRankOfANaNOnOne) {
  auto& comm = test_communicator();
  std::vector<double> bonafide{1, 2};
  if (comm.rank() == comm.size() - 1) bonafide[1] = std::nan("");
  const std::vector<double> spoof{0.0};

  test::expect_error(
      ErrorKind::BadData,
      [&] {
        (void)distributed_eer(RankScores<double>{bonafide, spoof}, EerRule::TieCorrect, comm);
      },
      "bona fide score 1", fmt::format("rank {}", comm.size() - 1));
}

TEST(DistributedEer, NeedsBothClassesOnSomeRank) {
  const std::vector<float> some{1, 2};
  test::expect_error(
      ErrorKind::BadData,
      [&] {
        (void)distributed_eer(RankScores<float>{some, {}}, EerRule::TieCorrect,
                              test_communicator());
      },
      "no spoof");
}

}  // namespace
}  // namespace codectrace::metrics
