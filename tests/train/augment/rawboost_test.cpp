#include "train/augment/rawboost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/support/expect_error.h"

namespace codectrace::train {
namespace {

std::vector<float> waveform_of(std::size_t samples) {
  const CounterRandom random(2, "waveform", 0, 0);
  std::vector<float> waveform;
  for (std::uint64_t i = 0; i < samples; ++i) {
    waveform.push_back(static_cast<float>(0.1 * random.normal(i)));
  }
  return waveform;
}

TEST(Rawboost, IsAFunctionOfItsDrawsAlone) {
  const auto waveform = waveform_of(600);
  for (int algorithm = 0; algorithm <= 8; ++algorithm) {
    CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));
    CounterDraws again(CounterRandom(1, "rawboost", 0, 5));
    CounterDraws others(CounterRandom(1, "rawboost", 0, 6));

    const auto result = rawboost(waveform, algorithm, draws);

    EXPECT_EQ(result, rawboost(waveform, algorithm, again));
    EXPECT_EQ(result == rawboost(waveform, algorithm, others), algorithm == 0);
  }
}

TEST(Rawboost, KeepsALongWaveformsLengthAndRange) {
  const auto waveform = waveform_of(64600);
  for (int algorithm = 0; algorithm <= 8; ++algorithm) {
    CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));

    const auto result = rawboost(waveform, algorithm, draws);

    ASSERT_EQ(result.size(), waveform.size());
    if (algorithm == 1 || algorithm == 2 || algorithm == 5 || algorithm == 8) {
      const auto [lowest, highest] = std::ranges::minmax(result);
      EXPECT_GE(lowest, -1.0F) << algorithm;
      EXPECT_LE(highest, 1.0F) << algorithm;
    }
  }
}

TEST(CounterDraws, AreTheGeneratorsNumbersEachUsedOnce) {
  const CounterRandom random(1, "rawboost", 0, 5);
  CounterDraws draws(random);

  EXPECT_EQ(draws.uniform(2, 6), 2 + 4 * random.uniform(0));
  EXPECT_EQ(draws.uniforms(2), (std::vector<double>{random.uniform(1), random.uniform(2)}));
  // A normal is made of an even draw and the one after it.
  EXPECT_EQ(draws.normals(2), (std::vector<double>{random.normal(2), random.normal(3)}));
  EXPECT_EQ(draws.positions(10, 1), (std::vector<std::size_t>{random.below(10, 8)}));
  EXPECT_EQ(draws.uniform(-5, -20), -5 - 15 * random.uniform(9));
}

TEST(CounterDraws, HaveTheDistributionsTheyAreNamedFor) {
  CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));
  constexpr std::size_t kCount = 20000;  // a mean's standard error is below 0.01, tested to 5 of it

  const auto normals = draws.normals(kCount);
  const auto uniforms = draws.uniforms(kCount);

  const auto mean_of_powers = [](const std::vector<double>& values, int power) {
    double sum = 0;
    for (const double value : values) sum += std::pow(value, power);
    return sum / static_cast<double>(values.size());
  };
  EXPECT_NEAR(mean_of_powers(normals, 1), 0, 0.05);
  EXPECT_NEAR(mean_of_powers(normals, 2), 1, 0.05);
  EXPECT_NEAR(mean_of_powers(normals, 4), 3, 0.35);
  EXPECT_NEAR(mean_of_powers(uniforms, 1), 1.0 / 2, 0.02);
  EXPECT_NEAR(mean_of_powers(uniforms, 2), 1.0 / 3, 0.02);
}

TEST(CounterDraws, DrawsDifferentPositions) {
  CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));

  const auto positions = draws.positions(50, 20);

  EXPECT_EQ(std::set<std::size_t>(positions.begin(), positions.end()).size(), 20U);
  EXPECT_LT(*std::ranges::max_element(positions), 50U);
}

TEST(Rawboost, AnAlgorithmThatIsNotThereIsAnError) {
  CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));
  const std::vector<float> waveform(100, 0.1F);

  test::expect_error(
      ErrorKind::Usage, [&] { (void)rawboost(waveform, 9, draws); }, "0 to 8");
}

TEST(Rawboost, SilenceStaysFinite) {
  CounterDraws draws(CounterRandom(1, "rawboost", 0, 5));

  const auto result = rawboost(std::vector<float>(300, 0.0F), 4, draws);

  EXPECT_TRUE(std::ranges::all_of(result, [](float value) { return std::isfinite(value); }));
}

}  // namespace
}  // namespace codectrace::train
