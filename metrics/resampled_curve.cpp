#include "metrics/resampled_curve.h"

#include <algorithm>

namespace codectrace::metrics {
namespace {

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

ResampledCurve::ResampledCurve(std::span<const double> bonafide, std::span<const double> spoof,
                               const ScoreClusters& clusters)
    : curve_(detection_curve(bonafide, spoof)),
      bonafide_{DrawnUnits(bonafide.size(), clusters.bonafide), steps_of(bonafide, curve_)},
      spoof_{DrawnUnits(spoof.size(), clusters.spoof), steps_of(spoof, curve_)} {
  require_both_classes(curve_);
}

const DetectionCurve& ResampledCurve::draw(std::uint64_t seed, std::uint64_t replicate) {
  for (auto& step : curve_.steps) step.bonafide = step.spoof = 0;
  curve_.num_bonafide =
      draw_class(stratum_key(seed, replicate, 0), bonafide_, &ScoreStep::bonafide);
  curve_.num_spoof = draw_class(stratum_key(seed, replicate, 1), spoof_, &ScoreStep::spoof);
  return curve_;
}

std::int64_t ResampledCurve::draw_class(std::uint64_t key, const Side& side,
                                        std::int64_t ScoreStep::*count) {
  std::int64_t total = 0;
  side.units.draw(key, [&](std::uint64_t utterance) {
    ++(curve_.steps[side.steps[utterance]].*count);
    ++total;
  });
  return total;
}

}  // namespace codectrace::metrics
