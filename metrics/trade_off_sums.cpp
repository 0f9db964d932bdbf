#include "metrics/trade_off_sums.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "metrics/eer.h"

namespace codectrace::metrics {
namespace {

/// log2(1 + e^x), without overflow.
double softplus_bits(double x) {
  return (std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)))) * std::numbers::log2e;
}

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double AreaSum::value(const ClassTotals& totals) const {
  return static_cast<double>(twice_wins_) / 2 / static_cast<double>(totals.bonafide) /
         static_cast<double>(totals.spoof);
}

double normalised_cost(const DetectionCost& cost, std::int64_t missed, std::int64_t accepted,
                       const ClassTotals& totals) {
  const double beta = cost.beta();
  return (beta * share(missed, totals.bonafide) + share(accepted, totals.spoof)) /
         std::min(beta, 1.0);
}

LeastCost::LeastCost(const DetectionCost& cost, const ClassTotals& totals)
    : cost_(cost), totals_(totals), accepted_(totals.spoof), least_(here()) {}

void LeastCost::add(const ScoreStep& step) {
  missed_ += step.bonafide;
  accepted_ -= step.spoof;
  least_ = std::min(least_, here());
}

double LeastCost::here() const { return normalised_cost(cost_, missed_, accepted_, totals_); }

void RatioBits::add(double llr, std::int64_t bonafide, std::int64_t spoof) {
  if (bonafide > 0) bonafide_.add(softplus_bits(-llr), bonafide);
  if (spoof > 0) spoof_.add(softplus_bits(llr), spoof);
}

double RatioBits::mean(const ClassTotals& totals) const {
  return (bonafide_.value() / static_cast<double>(totals.bonafide) +
          spoof_.value() / static_cast<double>(totals.spoof)) /
         2;
}

TradeOff TradeOffSums::value() const {
  const DetectionCurve hull{pool_.blocks(), totals_.bonafide, totals_.spoof};
  return {area_.value(totals_), least_.value(), hull_cllr(hull), eer(hull).eer};
}

double hull_cllr(const DetectionCurve& hull) {
  const ClassTotals totals{hull.num_bonafide, hull.num_spoof};
  const double prior = std::log(share(totals.bonafide, totals.spoof));
  RatioBits bits;
  for (const auto& block : hull.steps) {
    if (block.bonafide == 0 || block.spoof == 0) continue;  // certain and right: costs nothing
    bits.add(std::log(share(block.bonafide, block.spoof)) - prior, block.bonafide, block.spoof);
  }
  return bits.mean(totals);
}

}  // namespace codectrace::metrics
