#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace codectrace::train {
namespace {

ScheduleConfig cosine(std::int64_t warmup_steps, double final_factor) {
  return {ScheduleKind::Cosine, warmup_steps, final_factor, FallsAfter::Step};
}

TEST(Schedule, ConstantIsAlwaysThePeakRate) {
  const ScheduleConfig schedule;

  EXPECT_EQ(learning_rate_factor(schedule, 0, 100, 10), 1.0);
  EXPECT_EQ(learning_rate_factor(schedule, 99, 100, 10), 1.0);
}

TEST(Schedule, WarmUpRisesInALineAndReachesThePeak) {
  const ScheduleConfig schedule{ScheduleKind::Constant, 4, 0, FallsAfter::Step};

  EXPECT_DOUBLE_EQ(learning_rate_factor(schedule, 0, 100, 10), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate_factor(schedule, 1, 100, 10), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_factor(schedule, 3, 100, 10), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate_factor(schedule, 4, 100, 10), 1.0);
}

TEST(Schedule, CosineFallsFromThePeakToTheFinalFactor) {
  const ScheduleConfig schedule = cosine(10, 0.2);

  EXPECT_DOUBLE_EQ(learning_rate_factor(schedule, 10, 110, 10), 1.0);
  EXPECT_NEAR(learning_rate_factor(schedule, 60, 110, 10), 0.6, 1e-12);  // half way
  EXPECT_NEAR(learning_rate_factor(schedule, 110, 110, 10), 0.2, 1e-12);
}

TEST(Schedule, CosineNeverRises) {
  const ScheduleConfig schedule = cosine(0, 0);
  double before = 1.0;
  for (std::uint64_t step = 0; step < 50; ++step) {
    const double now = learning_rate_factor(schedule, step, 50, 10);
    EXPECT_LE(now, before);
    before = now;
  }
}

TEST(Schedule, AWarmUpLongerThanTheRunStillDivides) {
  const ScheduleConfig schedule = cosine(20, 0);

  EXPECT_DOUBLE_EQ(learning_rate_factor(schedule, 9, 10, 10), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_factor(schedule, 20, 10, 10), 1.0);
}

TEST(Schedule, CosineByEpochIsTheReferencesAnnealing) {
  const ScheduleConfig schedule{ScheduleKind::Cosine, 0, 0, FallsAfter::Epoch};
  constexpr std::uint64_t kEpochs = 4;
  constexpr std::uint64_t kSteps = 7;  // an epoch

  for (std::uint64_t step = 0; step < kEpochs * kSteps; ++step) {
    const auto epoch = static_cast<double>(step / kSteps);
    const double expected = 0.5 * (1 + std::cos(std::numbers::pi * epoch / kEpochs));

    EXPECT_NEAR(learning_rate_factor(schedule, step, kEpochs * kSteps, kSteps), expected, 1e-12)
        << step;
  }
}

TEST(Schedule, CosineByEpochBeginsAtThePeakAfterAWarmUp) {
  const ScheduleConfig schedule{ScheduleKind::Cosine, 3, 0, FallsAfter::Epoch};

  EXPECT_DOUBLE_EQ(learning_rate_factor(schedule, 2, 20, 5), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate_factor(schedule, 3, 20, 5), 1.0);
  EXPECT_LT(learning_rate_factor(schedule, 5, 20, 5), 1.0);
}

}  // namespace
}  // namespace codectrace::train
