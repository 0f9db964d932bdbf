#include "metrics/eer.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/error.h"
#include "metrics/convex_hull.h"
#include "metrics/crossing.h"
#include "metrics/trade_off_sums.h"

namespace codectrace::metrics {
namespace {

/// Where the rates cross, and which step that is.
std::pair<Crossing, std::size_t> crossing_of(const DetectionCurve& curve) {
  require_both_classes(curve);
  Crossing crossing{0, 0, {}, curve.num_bonafide, curve.num_spoof};
  for (std::size_t i = 0; i < curve.steps.size(); ++i) {
    const auto& step = curve.steps[i];
    const auto bonafide = crossing.bonafide_below + step.bonafide;
    const auto spoof = crossing.spoof_below + step.spoof;
    if (rate_difference(bonafide, spoof, curve.num_bonafide, curve.num_spoof) >= 0) {
      crossing.step = step;
      return {crossing, i};
    }
    crossing.bonafide_below = bonafide;
    crossing.spoof_below = spoof;
  }
  invariant_failed("difference >= 0", "the error rates never crossed");
}

}  // namespace

EqualErrorRate eer(const DetectionCurve& curve) { return eer_at(crossing_of(curve).first); }

EqualErrorRate eer_reference(const DetectionCurve& curve) {
  const auto [crossing, index] = crossing_of(curve);
  return eer_reference_at(crossing, [&curve, at = index] {
    auto before = at - 1;  // D < 0 until some score came, so there is one
    while (curve.steps[before].bonafide + curve.steps[before].spoof == 0) --before;
    return curve.steps[before].score;
  });
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
  AreaSum area;
  for (const auto& step : curve.steps) area.add(step);
  return area.value({curve.num_bonafide, curve.num_spoof});
}

}  // namespace codectrace::metrics
