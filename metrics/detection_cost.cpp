#include "metrics/detection_cost.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace codectrace::metrics {
namespace {

/// log2(1 + e^x), without overflow.
double softplus_bits(double x) {
  return (std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)))) * std::numbers::log2e;
}

/// Pool adjacent violators: neighbouring steps are merged until the share of bona fide rises.
std::vector<ScoreStep> pooled_blocks(const DetectionCurve& curve) {
  const auto violates = [](const ScoreStep& low, const ScoreStep& high) {
    const auto wide = [](std::int64_t count) { return static_cast<__int128>(count); };
    return wide(low.bonafide) * high.spoof >= wide(high.bonafide) * low.spoof;
  };
  std::vector<ScoreStep> blocks;
  for (const auto& step : curve.steps) {
    blocks.push_back(step);
    while (blocks.size() > 1 && violates(blocks[blocks.size() - 2], blocks.back())) {
      const auto last = blocks.back();
      blocks.pop_back();
      blocks.back().bonafide += last.bonafide;
      blocks.back().spoof += last.spoof;
    }
  }
  return blocks;
}

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
  double bonafide_bits = 0;
  double spoof_bits = 0;
  for (const auto& [llr, bonafide, spoof] : llrs.steps) {
    if (bonafide > 0) bonafide_bits += static_cast<double>(bonafide) * softplus_bits(-llr);
    if (spoof > 0) spoof_bits += static_cast<double>(spoof) * softplus_bits(llr);
  }
  return (bonafide_bits / static_cast<double>(llrs.num_bonafide) +
          spoof_bits / static_cast<double>(llrs.num_spoof)) /
         2;
}

double min_cllr(const DetectionCurve& curve) {
  require_both_classes(curve);
  const double prior =
      std::log(static_cast<double>(curve.num_bonafide) / static_cast<double>(curve.num_spoof));
  double bonafide_bits = 0;
  double spoof_bits = 0;
  for (const auto& block : pooled_blocks(curve)) {
    if (block.bonafide == 0 || block.spoof == 0) continue;  // certain and right: costs nothing
    const auto bonafide = static_cast<double>(block.bonafide);
    const auto spoof = static_cast<double>(block.spoof);
    const double llr = std::log(bonafide / spoof) - prior;
    bonafide_bits += bonafide * softplus_bits(-llr);
    spoof_bits += spoof * softplus_bits(llr);
  }
  return (bonafide_bits / static_cast<double>(curve.num_bonafide) +
          spoof_bits / static_cast<double>(curve.num_spoof)) /
         2;
}

}  // namespace codectrace::metrics
