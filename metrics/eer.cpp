#include "metrics/eer.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "core/error.h"
#include "metrics/convex_hull.h"

namespace codectrace::metrics {
namespace {

using Wide = __int128;

}  // namespace

EqualErrorRate eer(const DetectionCurve& curve) {
  require_both_classes(curve);
  const Wide num_bonafide = curve.num_bonafide;
  const Wide num_spoof = curve.num_spoof;
  // D = n_n n_t (FRR - FAR) in integers: strictly rising, below zero before the first step and
  // above zero after the last.
  Wide difference = -num_bonafide * num_spoof;
  std::int64_t rejected = 0;
  for (const auto& step : curve.steps) {
    const Wide before = difference;
    difference += num_spoof * step.bonafide + num_bonafide * step.spoof;
    if (difference >= 0) {
      const auto a = static_cast<double>(-before);
      const auto b = static_cast<double>(difference);
      const double within = a / (a + b) * static_cast<double>(step.bonafide);
      return {(static_cast<double>(rejected) + within) / static_cast<double>(num_bonafide),
              step.score};
    }
    rejected += step.bonafide;
  }
  invariant_failed("difference >= 0", "the error rates never crossed");
}

EqualErrorRate eer_reference(const DetectionCurve& curve) {
  require_both_classes(curve);
  const auto num_bonafide = static_cast<double>(curve.num_bonafide);
  const auto num_spoof = static_cast<double>(curve.num_spoof);
  double smallest_gap = std::numeric_limits<double>::infinity();
  EqualErrorRate best;
  std::int64_t rejected = 0;
  std::int64_t accepted = curve.num_spoof;
  const auto visit = [&](double threshold) {
    // Quotients of integers, never 1 - x: the last bit decides between equal gaps.
    const double frr = static_cast<double>(rejected) / num_bonafide;
    const double far = static_cast<double>(accepted) / num_spoof;
    if (std::abs(frr - far) >= smallest_gap) return;
    smallest_gap = std::abs(frr - far);
    best = {(frr + far) / 2, threshold};
  };

  visit(curve.steps.front().score - 0.001);  // the reference's threshold below all scores
  for (const auto& step : curve.steps) {
    for (std::int64_t i = 0; i < step.bonafide; ++i) {
      ++rejected;
      visit(step.score);
    }
    for (std::int64_t i = 0; i < step.spoof; ++i) {
      --accepted;
      visit(step.score);
    }
  }
  return best;
}

EqualErrorRate eer(const DetectionCurve& curve, EerRule rule) {
  return rule == EerRule::Reference ? eer_reference(curve) : eer(curve);
}

EqualErrorRate eer(std::span<const double> bonafide, std::span<const double> spoof) {
  return eer(detection_curve(bonafide, spoof));
}

double eer_rocch(const DetectionCurve& curve) { return eer(convex_hull(curve)).eer; }

double auc(const DetectionCurve& curve) {
  require_both_classes(curve);
  Wide twice_wins = 0;
  std::int64_t spoof_below = 0;
  for (const auto& step : curve.steps) {
    twice_wins += Wide{step.bonafide} * (2 * Wide{spoof_below} + step.spoof);
    spoof_below += step.spoof;
  }
  return static_cast<double>(twice_wins) / 2 / static_cast<double>(curve.num_bonafide) /
         static_cast<double>(curve.num_spoof);
}

}  // namespace codectrace::metrics
