#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace codectrace {
namespace {

constexpr std::uint64_t kMany = 20000;

TEST(CounterRandom, IsAPureFunctionOfItsFourKeys) {
  const CounterRandom one(1, "crop", 2, 3);
  const CounterRandom same(1, "crop", 2, 3);

  EXPECT_EQ(one.bits(4), same.bits(4));
  EXPECT_NE(one.bits(4), CounterRandom(2, "crop", 2, 3).bits(4));
  EXPECT_NE(one.bits(4), CounterRandom(1, "mask", 2, 3).bits(4));
  EXPECT_NE(one.bits(4), CounterRandom(1, "crop", 3, 3).bits(4));
  EXPECT_NE(one.bits(4), CounterRandom(1, "crop", 2, 4).bits(4));
  EXPECT_NE(one.bits(4), one.bits(5));
}

TEST(CounterRandom, DoesNotRepeatOverItemsAndDraws) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t item = 0; item < 200; ++item) {
    const CounterRandom random(1, "shuffle", 0, item);
    for (std::uint64_t draw = 0; draw < 100; ++draw) seen.insert(random.bits(draw));
  }

  EXPECT_EQ(seen.size(), kMany);
}

TEST(CounterRandom, IsUniformOverTheUnitInterval) {
  const CounterRandom random(5, "uniform", 0, 0);
  double sum = 0;
  double squares = 0;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    const double u = random.uniform(i);
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    squares += u * u;
  }

  // Five standard errors of the mean of n uniform values: 5 / sqrt(12 n) = 0.0102.
  EXPECT_NEAR(sum / kMany, 0.5, 0.0102);
  EXPECT_NEAR(squares / kMany, 1.0 / 3, 0.0106);
}

TEST(CounterRandom, IsStandardNormal) {
  const CounterRandom random(5, "normal", 0, 0);
  double sum = 0;
  double squares = 0;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    const double z = random.normal(i);
    ASSERT_TRUE(std::isfinite(z));
    sum += z;
    squares += z * z;
  }

  EXPECT_NEAR(sum / kMany, 0.0, 0.036);     // five standard errors, 5 / sqrt(n)
  EXPECT_NEAR(squares / kMany, 1.0, 0.05);  // 5 · sqrt(2 / n)
}

TEST(CounterRandom, ReachesAllOfBelowAndNothingElse) {
  const CounterRandom random(5, "below", 0, 0);
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < 1000; ++i) seen.insert(random.below(7, i));

  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(StableHash, IsFnv1a) {
  EXPECT_EQ(stable_hash(""), 0xCBF29CE484222325U);
  EXPECT_EQ(stable_hash("a"), 0xAF63DC4C8601EC8CU);  // published test vector
  EXPECT_EQ(stable_hash("foobar"), 0x85944171F73967E8U);
}

TEST(Mix64, IsSplitmix64) {
  EXPECT_EQ(mix64(0x9E3779B97F4A7C15U), 0xE220A8397B1DCDAFU);  // its first output from seed 0
}

}  // namespace
}  // namespace codectrace
