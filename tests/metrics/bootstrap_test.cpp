#include "metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>
#include <span>

#include "comm/self.h"
#include "core/random.h"
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

/// Scores of a few speakers, each with a level of their own: utterances of one tell little.
struct OfSpeakers {
  std::vector<double> scores;
  std::vector<std::uint32_t> speakers;
  OfSpeakers(std::uint64_t seed, double mean, std::uint32_t num_speakers) {
    const CounterRandom random(seed, "speakers", 0, 0);
    for (std::uint64_t i = 0; i < 120; ++i) {
      const auto speaker = static_cast<std::uint32_t>(mix64(seed + i) % num_speakers);
      speakers.push_back(10 + 3 * speaker);
      const double level = random.normal(1000 + speaker);
      scores.push_back(std::round(8 * (mean + level + 0.3 * random.normal(i))) / 8);
    }
  }
  /// All utterances of speakers drawn with replacement, looked up one by one.
  [[nodiscard]] std::vector<double> drawn(std::uint64_t replicate, std::uint64_t stratum) const {
    const std::set<std::uint32_t> numbers(speakers.begin(), speakers.end());
    const std::vector<std::uint32_t> units(numbers.begin(), numbers.end());
    std::vector<double> drawn;
    for (std::uint64_t j = 0; j < units.size(); ++j) {
      const auto speaker = units[bootstrap_draw(4, replicate, stratum, j, units.size())];
      for (std::size_t i = 0; i < scores.size(); ++i) {
        if (speakers[i] == speaker) drawn.push_back(scores[i]);
      }
    }
    return drawn;
  }
};

TEST(EerInterval, BySpeakerIsOfAllUtterancesOfDrawnSpeakers) {
  const OfSpeakers bonafide(1, 1.5, 9);
  const OfSpeakers spoof(2, 0, 7);
  std::vector<double> eers;
  for (std::uint64_t r = 0; r < 40; ++r) {
    eers.push_back(eer(bonafide.drawn(r, 0), spoof.drawn(r, 1)).eer);
  }
  const auto expected = interval_of(eers);
  comm::SelfCommunicator alone;

  const auto found =
      eer_interval(bonafide.scores, spoof.scores, {bonafide.speakers, spoof.speakers},
                   {.replicates = 40, .seed = 4}, EerRule::TieCorrect, alone);

  EXPECT_EQ(found.low, expected.low);
  EXPECT_EQ(found.high, expected.high);
}

TEST(EerInterval, BySpeakerIsWiderWhereSpeakersDiffer) {
  const OfSpeakers bonafide(1, 1.5, 9);
  const OfSpeakers spoof(2, 0, 7);
  comm::SelfCommunicator alone;
  const BootstrapOptions options{.replicates = 300, .seed = 4};

  const auto by_utterance = eer_interval(bonafide.scores, spoof.scores, options);
  const auto by_speaker =
      eer_interval(bonafide.scores, spoof.scores, {bonafide.speakers, spoof.speakers}, options,
                   EerRule::TieCorrect, alone);

  EXPECT_GT(by_speaker.high - by_speaker.low, 1.5 * (by_utterance.high - by_utterance.low));
}

TEST(EerInterval, OfSpeakersWithOneUtteranceEachIsThatOfUtterances) {
  const auto scores = test::random_scores(5, 60, 80, 8);
  std::vector<std::uint32_t> speakers(80);
  std::iota(speakers.begin(), speakers.end(), 1U);
  comm::SelfCommunicator alone;

  const auto by_speaker =
      eer_interval(scores.bonafide, scores.spoof, {std::span(speakers).first(60), speakers},
                   {.replicates = 50}, EerRule::TieCorrect, alone);

  const auto by_utterance = eer_interval(scores.bonafide, scores.spoof, {.replicates = 50});
  EXPECT_EQ(by_speaker.low, by_utterance.low);
  EXPECT_EQ(by_speaker.high, by_utterance.high);
}

TEST(ClassificationIntervals, BySpeakerAreOfAllAnswersOfDrawnSpeakers) {
  const std::vector<std::vector<std::size_t>> answers{{0, 0, 1, 0, 1}, {1, 1, 0, 1, 1, 1}};
  const std::vector<std::vector<std::uint32_t>> speakers{{3, 1, 3, 1, 2}, {5, 5, 5, 2, 2, 9}};
  std::vector<double> accuracies;
  for (std::uint64_t r = 0; r < 30; ++r) {
    double right = 0;
    double total = 0;
    for (std::size_t truth = 0; truth < 2; ++truth) {
      const std::set<std::uint32_t> numbers(speakers[truth].begin(), speakers[truth].end());
      const std::vector<std::uint32_t> units(numbers.begin(), numbers.end());
      for (std::uint64_t j = 0; j < units.size(); ++j) {
        const auto speaker = units[bootstrap_draw(1, r, truth, j, units.size())];
        for (std::size_t i = 0; i < answers[truth].size(); ++i) {
          if (speakers[truth][i] != speaker) continue;
          ++total;
          if (answers[truth][i] == truth) ++right;
        }
      }
    }
    accuracies.push_back(right / total);
  }
  const auto expected = interval_of(accuracies);
  comm::SelfCommunicator alone;

  const auto found = classification_intervals(answers, speakers, {.replicates = 30}, alone);

  EXPECT_DOUBLE_EQ(found.accuracy.low, expected.low);
  EXPECT_DOUBLE_EQ(found.accuracy.high, expected.high);
}

}  // namespace
}  // namespace codectrace::metrics
