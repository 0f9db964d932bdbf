#include "metrics/detection_cost.h"

#include <cmath>

#include "metrics/convex_hull.h"
#include "metrics/trade_off_sums.h"

namespace codectrace::metrics {
namespace {

ClassTotals totals_of(const DetectionCurve& curve) {
  require_both_classes(curve);
  return {curve.num_bonafide, curve.num_spoof};
}

}  // namespace

double min_dcf(const DetectionCurve& curve, const DetectionCost& cost) {
  LeastCost least(cost, totals_of(curve));
  for (const auto& step : curve.steps) least.add(step);
  return least.value();
}

double act_dcf(const DetectionCurve& llrs, const DetectionCost& cost) {
  const auto totals = totals_of(llrs);
  std::int64_t missed = 0;
  std::int64_t accepted = 0;
  for (const auto& step : llrs.steps) {
    if (step.score < cost.threshold()) {
      missed += step.bonafide;
    } else {
      accepted += step.spoof;
    }
  }
  return normalised_cost(cost, missed, accepted, totals);
}

double cllr(const DetectionCurve& llrs) {
  const auto totals = totals_of(llrs);
  RatioBits bits;
  for (const auto& [llr, bonafide, spoof] : llrs.steps) bits.add(llr, bonafide, spoof);
  return bits.mean(totals);
}

double min_cllr(const DetectionCurve& curve) { return hull_cllr(convex_hull(curve)); }

}  // namespace codectrace::metrics
