#include "metrics/resampled_curve.h"

#include <algorithm>

#include "core/error.h"
#include "core/random.h"

namespace codectrace::metrics {
namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15U;

std::vector<std::uint32_t> steps_of(std::span<const double> scores, const DetectionCurve& curve) {
  std::vector<std::uint32_t> steps;
  steps.reserve(scores.size());
  for (const double score : scores) {
    const auto step = std::ranges::lower_bound(curve.steps, score, {}, &ScoreStep::score);
    steps.push_back(static_cast<std::uint32_t>(step - curve.steps.begin()));
  }
  return steps;
}

}  // namespace

std::uint64_t stratum_key(std::uint64_t seed, std::uint64_t replicate, std::uint64_t stratum) {
  return mix64(mix64(seed + kGolden * (replicate + 1)) + kGolden * (stratum + 1));
}

std::uint64_t draw_below(std::uint64_t key, std::uint64_t draw, std::uint64_t n) {
  const auto bits = mix64(key + kGolden * (draw + 1));
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits) * n) >> 64);
}

ResampledCurve::ResampledCurve(std::span<const double> bonafide, std::span<const double> spoof)
    : curve_(detection_curve(bonafide, spoof)),
      bonafide_steps_(steps_of(bonafide, curve_)),
      spoof_steps_(steps_of(spoof, curve_)) {
  require_both_classes(curve_);
}

const DetectionCurve& ResampledCurve::draw(std::uint64_t seed, std::uint64_t replicate) {
  for (auto& step : curve_.steps) step.bonafide = step.spoof = 0;
  draw_class(stratum_key(seed, replicate, 0), bonafide_steps_, &ScoreStep::bonafide);
  draw_class(stratum_key(seed, replicate, 1), spoof_steps_, &ScoreStep::spoof);
  return curve_;
}

void ResampledCurve::draw_class(std::uint64_t key, const std::vector<std::uint32_t>& steps,
                                std::int64_t ScoreStep::*count) {
  const auto n = static_cast<std::uint64_t>(steps.size());
  for (std::uint64_t j = 0; j < n; ++j) ++(curve_.steps[steps[draw_below(key, j, n)]].*count);
}

}  // namespace codectrace::metrics
