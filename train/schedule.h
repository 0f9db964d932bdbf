#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/config.h"

namespace codectrace::train {

enum class ScheduleKind { Constant, Cosine };
inline constexpr auto enum_names(ScheduleKind) {
  return std::array<config::EnumName<ScheduleKind>, 2>{
      {{ScheduleKind::Constant, "constant"}, {ScheduleKind::Cosine, "cosine"}}};
}

/// After what the rate falls.
enum class FallsAfter { Step, Epoch };
inline constexpr auto enum_names(FallsAfter) {
  return std::array<config::EnumName<FallsAfter>, 2>{
      {{FallsAfter::Step, "step"}, {FallsAfter::Epoch, "epoch"}}};
}

/// [schedule]: how the learning rate goes over the run; the reference's is constant.
struct ScheduleConfig {
  ScheduleKind kind = ScheduleKind::Constant;
  std::int64_t warmup_steps = 0;
  double final_factor = 0.0;
  FallsAfter falls_after = FallsAfter::Step;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("kind", self.kind, config::any(), "course of the learning rate after the warm-up");
    visit("warmup_steps", self.warmup_steps, config::at_least(0), "steps of linear warm-up");
    visit("final_factor", self.final_factor, config::between(0, 1),
          "cosine: what part of the peak rate is left at the end");
    visit("falls_after", self.falls_after, config::any(),
          "cosine: whether it falls with each step, or is the same for an epoch");
  }
};

/// What to multiply the peak learning rates with at `step` (from 0) of `total_steps`.
///
/// Warm-up: (step + 1) / warmup_steps, so that no step is lost on a rate of 0. Cosine: half a
/// period from 1 to final_factor over the remaining steps (arXiv:1608.03983 without restarts); by
/// epoch, an epoch has the rate of its first step: (1 + cos(πe/E))/2 in epoch e of E.
[[nodiscard]] inline double learning_rate_factor(const ScheduleConfig& schedule, std::uint64_t step,
                                                 std::uint64_t total_steps,
                                                 std::uint64_t steps_per_epoch) {
  const auto warmup = static_cast<std::uint64_t>(schedule.warmup_steps);
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (schedule.kind == ScheduleKind::Constant) return 1.0;
  const double length = static_cast<double>(std::max(total_steps, warmup + 1) - warmup);
  if (schedule.falls_after == FallsAfter::Epoch) {
    step = std::max(step - step % steps_per_epoch, warmup);  // of a warm-up's epoch, its end
  }
  const double passed = std::min(1.0, static_cast<double>(step - warmup) / length);
  const double fall = 0.5 * (1.0 + std::cos(std::numbers::pi * passed));
  return schedule.final_factor + (1.0 - schedule.final_factor) * fall;
}

}  // namespace codectrace::train
