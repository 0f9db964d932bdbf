#include "metrics/exact_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"

namespace codectrace::metrics {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double sum(const std::vector<double>& terms) {
  ExactSum exact;
  for (const double term : terms) exact.add(term);
  return exact.value();
}

TEST(ExactSum, LosesNothingToLargerTerms) {
  EXPECT_EQ(sum({1e300, 1, -1e300}), 1);
  EXPECT_EQ(sum({0.1, 1e16, -1e16}), 0.1);
  EXPECT_EQ(sum({std::numeric_limits<double>::denorm_min(), 1e308, -1e308}),
            std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(sum({0x1.8p-1030, 0x1p-1022, 0x0.0000000000001p-1022, -1, 1}),
            0x1.8p-1030 + 0x1.0000000000001p-1022);
  EXPECT_EQ(sum({-3, 1}), -2);
  EXPECT_EQ(sum({}), 0);
}

TEST(ExactSum, HasTheSameBitsInAnyOrderAndInParts) {
  const CounterRandom random(1, "terms", 0, 0);
  std::vector<double> terms;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    terms.push_back(
        std::ldexp(random.normal(i), static_cast<int>(random.below(200, 9000 + i)) - 100));
  }
  const double whole = sum(terms);
  ExactSum low;
  ExactSum high;
  for (std::size_t i = 0; i < terms.size(); ++i) (i % 3 == 0 ? low : high).add(terms[i]);
  low.add(high);
  std::ranges::reverse(terms);

  EXPECT_EQ(sum(terms), whole);
  EXPECT_EQ(low.value(), whole);
}

TEST(ExactSum, OfATermManyTimesIsTheProduct) {
  ExactSum exact;
  exact.add(0.7, std::int64_t{1} << 40);

  EXPECT_EQ(exact.value(), std::ldexp(0.7, 40));
}

TEST(ExactSum, CarriesThroughMillionsOfTerms) {
  ExactSum exact;
  for (int i = 0; i < 3'000'000; ++i) exact.add(0.5 + 0x1p-40);

  EXPECT_EQ(exact.value(), 3e6 * (0.5 + 0x1p-40));
}

TEST(ExactSum, OfInfinitiesIsAsUsual) {
  EXPECT_EQ(sum({1, kInfinity}), kInfinity);
  EXPECT_EQ(sum({1, -kInfinity}), -kInfinity);
  EXPECT_TRUE(std::isnan(sum({kInfinity, -kInfinity})));
}

}  // namespace
}  // namespace codectrace::metrics
