#include "metrics/paired_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/metrics/reference_case.h"
#include "tests/support/expect_error.h"

namespace codectrace::metrics {
namespace {

constexpr double kExact = 1e-9;

/// Two score files over one list, by class and in byte order of ids.
struct StoredPair {
  test::Scores a;
  test::Scores b;
  nlohmann::json expected;

  StoredPair() {
    const std::string folder = std::string(CT_TEST_DATA) + "/metrics/score_files/pair/";
    const auto scores_a = read(folder + "a.txt");
    const auto scores_b = read(folder + "b.txt");
    std::ifstream list(folder + "protocol.txt");
    std::map<std::string, std::string> labels;
    for (std::string line; std::getline(list, line);) {
      std::istringstream words(line);
      std::string speaker, id, dash, vq, label;
      words >> speaker >> id >> dash >> vq >> label;
      labels[id] = label;
    }
    for (const auto& [id, label] : labels) {
      (label == "bonafide" ? a.bonafide : a.spoof).push_back(scores_a.at(id));
      (label == "bonafide" ? b.bonafide : b.spoof).push_back(scores_b.at(id));
    }
    expected = nlohmann::json::parse(std::ifstream(folder + "expected.json"));
  }

  static std::map<std::string, double> read(const std::string& path) {
    std::ifstream lines(path);
    std::map<std::string, double> scores;
    std::string id;
    double score = 0;
    while (lines >> id >> score) scores[id] = score;
    return scores;
  }
};

TEST(PairedComparison, OfTheStoredPairEqualsTheStoredFigures) {
  const StoredPair pair;

  const auto found = paired_eer({pair.a.bonafide, pair.b.bonafide}, {pair.a.spoof, pair.b.spoof});

  EXPECT_NEAR(found.a, pair.expected.at("a"), kExact);
  EXPECT_NEAR(found.b, pair.expected.at("b"), kExact);
  EXPECT_NEAR(found.difference, pair.expected.at("difference"), kExact);
  EXPECT_NEAR(found.interval.low, pair.expected.at("difference_ci95")[0], kExact);
  EXPECT_NEAR(found.interval.high, pair.expected.at("difference_ci95")[1], kExact);
  EXPECT_NEAR(found.p, pair.expected.at("p_bootstrap"), kExact);
}

TEST(PairedComparison, OfASystemWithItselfFindsNoDifference) {
  const auto scores = test::random_scores(1, 60, 90, 8);

  const auto found = paired_eer({scores.bonafide, scores.bonafide}, {scores.spoof, scores.spoof},
                                {.replicates = 50});

  EXPECT_EQ(found.difference, 0);
  EXPECT_EQ(found.interval.low, 0);
  EXPECT_EQ(found.interval.high, 0);
  EXPECT_EQ(found.p, 1);
}

TEST(PairedComparison, IsTheOppositeIfTheSystemsSwap) {
  const StoredPair pair;

  const auto forth = paired_eer({pair.a.bonafide, pair.b.bonafide}, {pair.a.spoof, pair.b.spoof});
  const auto back = paired_eer({pair.b.bonafide, pair.a.bonafide}, {pair.b.spoof, pair.a.spoof});

  EXPECT_EQ(back.difference, -forth.difference);
  EXPECT_NEAR(back.interval.low, -forth.interval.high, 1e-15);
  EXPECT_EQ(back.p, forth.p);
}

TEST(PairedComparison, NeedsTheSameUtterances) {
  const std::vector<double> two{1, 2};
  const std::vector<double> one{0};
  test::expect_error(
      ErrorKind::BadData,
      [&] {
        (void)paired_eer({two, one}, {one, one});
      },
      "2 and 1 bona fide");
}

TEST(McNemar, OfTheStoredPairEqualsTheStoredFigure) {
  const StoredPair pair;
  const auto& expected = pair.expected.at("mcnemar");
  std::vector<char> a_right;
  std::vector<char> b_right;
  for (const double score : pair.a.bonafide) a_right.push_back(score > 0.5);
  for (const double score : pair.a.spoof) a_right.push_back(score <= 0.5);
  for (const double score : pair.b.bonafide) b_right.push_back(score > 0.5);
  for (const double score : pair.b.spoof) b_right.push_back(score <= 0.5);
  const std::unique_ptr<bool[]> a(new bool[a_right.size()]);
  const std::unique_ptr<bool[]> b(new bool[b_right.size()]);
  std::ranges::copy(a_right, a.get());
  std::ranges::copy(b_right, b.get());

  const auto counts = discordant(std::span<const bool>(a.get(), a_right.size()),
                                 std::span<const bool>(b.get(), b_right.size()));

  EXPECT_EQ(counts.a_right_b_wrong, expected.at("a_right_b_wrong"));
  EXPECT_EQ(counts.a_wrong_b_right, expected.at("a_wrong_b_right"));
  EXPECT_NEAR(mcnemar(counts), expected.at("p"), kExact);
}

TEST(McNemar, IsTheBinomialTailCountedByHand) {
  EXPECT_EQ(mcnemar({0, 0}), 1);
  EXPECT_NEAR(mcnemar({0, 5}), 2.0 / 32, 1e-15);
  EXPECT_NEAR(mcnemar({1, 5}), 2.0 * 7 / 64, 1e-15);
  EXPECT_EQ(mcnemar({3, 3}), 1);
  EXPECT_EQ(mcnemar({5, 1}), mcnemar({1, 5}));
}

TEST(McNemar, OfMillionsIsNearTheNormalApproximation) {
  const double n = 2'000'000;
  const double z = 2;  // standard deviations below the mean
  const auto fewer = static_cast<std::int64_t>(n / 2 - z * std::sqrt(n) / 2);

  EXPECT_NEAR(mcnemar({fewer, static_cast<std::int64_t>(n) - fewer}), std::erfc(z / std::sqrt(2.0)),
              2e-4);
}

TEST(Holm, IsAsByHandAndInTheOrderGiven) {
  const std::array p{0.04, 0.01, 0.03, 0.6};

  const auto adjusted = holm(p);

  EXPECT_DOUBLE_EQ(adjusted[1], 0.04);  // 4 · 0.01
  EXPECT_DOUBLE_EQ(adjusted[2], 0.09);  // 3 · 0.03
  EXPECT_DOUBLE_EQ(adjusted[0], 0.09);  // 2 · 0.04, but never below the one before
  EXPECT_DOUBLE_EQ(adjusted[3], 0.6);
}

TEST(Holm, OfNothingIsNothing) { EXPECT_TRUE(holm({}).empty()); }

}  // namespace
}  // namespace codectrace::metrics
