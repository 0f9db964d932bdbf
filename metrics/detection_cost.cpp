#include "metrics/detection_cost.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "metrics/convex_hull.h"
#include "metrics/exact_sum.h"

namespace codectrace::metrics {
namespace {

/// log2(1 + e^x), without overflow.
double softplus_bits(double x) {
  return (std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)))) * std::numbers::log2e;
}

/// Mean of the bits that the two classes cost.
class ClassBits {
 public:
  void add(double llr, std::int64_t bonafide, std::int64_t spoof) {
    if (bonafide > 0) bonafide_.add(softplus_bits(-llr), bonafide);
    if (spoof > 0) spoof_.add(softplus_bits(llr), spoof);
  }
  [[nodiscard]] double mean(const DetectionCurve& curve) const {
    return (bonafide_.value() / static_cast<double>(curve.num_bonafide) +
            spoof_.value() / static_cast<double>(curve.num_spoof)) /
           2;
  }

 private:
  ExactSum bonafide_;
  ExactSum spoof_;
};

}  // namespace

double min_dcf(const DetectionCurve& curve, const DetectionCost& cost) {
  const double beta = cost.beta();
  const double normaliser = std::min(beta, 1.0);
  double least = std::numeric_limits<double>::infinity();
  for (const auto& [false_rejection, false_acceptance] : error_rates(curve)) {
    least = std::min(least, (beta * false_rejection + false_acceptance) / normaliser);
  }
  return least;
}

double act_dcf(const DetectionCurve& llrs, const DetectionCost& cost) {
  require_both_classes(llrs);
  const double beta = cost.beta();
  const double threshold = -std::log(beta);
  std::int64_t missed = 0;
  std::int64_t accepted = 0;
  for (const auto& step : llrs.steps) {
    if (step.score < threshold) {
      missed += step.bonafide;
    } else {
      accepted += step.spoof;
    }
  }
  const double miss_rate = static_cast<double>(missed) / static_cast<double>(llrs.num_bonafide);
  const double accept_rate = static_cast<double>(accepted) / static_cast<double>(llrs.num_spoof);
  return (beta * miss_rate + accept_rate) / std::min(beta, 1.0);
}

double cllr(const DetectionCurve& llrs) {
  require_both_classes(llrs);
  ClassBits bits;
  for (const auto& [llr, bonafide, spoof] : llrs.steps) bits.add(llr, bonafide, spoof);
  return bits.mean(llrs);
}

double min_cllr(const DetectionCurve& curve) {
  const auto hull = convex_hull(curve);
  const double prior =
      std::log(static_cast<double>(curve.num_bonafide) / static_cast<double>(curve.num_spoof));
  ClassBits bits;
  for (const auto& block : hull.steps) {
    if (block.bonafide == 0 || block.spoof == 0) continue;  // certain and right: costs nothing
    const double odds = static_cast<double>(block.bonafide) / static_cast<double>(block.spoof);
    bits.add(std::log(odds) - prior, block.bonafide, block.spoof);
  }
  return bits.mean(curve);
}

}  // namespace codectrace::metrics
