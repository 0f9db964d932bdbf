#include "metrics/poisson_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "core/random.h"
#include "metrics/drawn_units.h"

namespace codectrace::metrics {
namespace {

constexpr std::int64_t kPooledSteps = 4096;

/// [0, 1), 53 bits
double uniform(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1.0p-53; }

/// Counts drawn anew: Poisson numbers, or for few utterances one after the other.
void redraw(std::uint64_t key, std::vector<std::int64_t>& counts) {
  std::int64_t total = 0;
  for (const auto count : counts) total += count;
  if (total >= kFewestByPoisson) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto bits = mix64(key + 2 * i + 1);
      counts[i] = poisson(static_cast<double>(counts[i]), bits, mix64(bits ^ (key + 2 * i + 2)));
    }
    return;
  }
  std::vector<std::size_t> utterances;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    utterances.insert(utterances.end(), static_cast<std::size_t>(counts[i]), i);
    counts[i] = 0;
  }
  for (std::uint64_t j = 0; j < utterances.size(); ++j) {
    ++counts[utterances[draw_below(key, j, utterances.size())]];
  }
}

/// Draws one class of a curve anew. @returns its new total
std::int64_t redraw_class(DetectionCurve& curve, std::int64_t ScoreStep::*count,
                          std::uint64_t key) {
  std::vector<std::int64_t> counts;
  counts.reserve(curve.steps.size());
  for (const auto& step : curve.steps) counts.push_back(step.*count);
  redraw(key, counts);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) total += curve.steps[i].*count = counts[i];
  return total;
}

}  // namespace

std::int64_t poisson(double mean, std::uint64_t bits, std::uint64_t more_bits) {
  constexpr double kByInversion = 64;
  if (mean <= kByInversion) {
    double probability = std::exp(-mean);
    double left = uniform(bits) - probability;
    std::int64_t value = 0;
    // Ends where the tail is below rounding, should the sum of all terms fall short of the draw.
    while (left >= 0 && probability > 0) {
      ++value;
      probability *= mean / static_cast<double>(value);
      left -= probability;
    }
    return value;
  }
  const double z = std::sqrt(-2 * std::log(1 - uniform(bits))) *
                   std::cos(2 * std::numbers::pi * uniform(more_bits));
  return std::max<std::int64_t>(0, std::llround(mean + std::sqrt(mean) * z + (z * z - 1) / 6));
}

CurvePool::CurvePool(std::int64_t total) : weight_(total / kPooledSteps + 1) {}

void CurvePool::add(const ScoreStep& step) {
  const bool same_class = (step.bonafide == 0 && neighbours_.bonafide == 0) ||
                          (step.spoof == 0 && neighbours_.spoof == 0);
  if (!same_class) {
    pool(neighbours_);
    neighbours_ = {};
  }
  neighbours_ = {step.score, neighbours_.bonafide + step.bonafide, neighbours_.spoof + step.spoof};
}

void CurvePool::pool(const ScoreStep& step) {
  if (step.bonafide + step.spoof == 0) return;
  auto& steps = pooled_.steps;
  const bool fits =
      !steps.empty() &&
      steps.back().bonafide + steps.back().spoof + step.bonafide + step.spoof <= weight_;
  if (!fits) steps.push_back({});
  auto& last = steps.back();
  last = {step.score, last.bonafide + step.bonafide, last.spoof + step.spoof};
  pooled_.num_bonafide += step.bonafide;
  pooled_.num_spoof += step.spoof;
}

DetectionCurve CurvePool::curve() && {
  pool(neighbours_);
  return std::move(pooled_);
}

DetectionCurve pooled(const DetectionCurve& curve) {
  CurvePool pool(curve.num_bonafide + curve.num_spoof);
  for (const auto& step : curve.steps) pool.add(step);
  return std::move(pool).curve();
}

double poisson_eer(const DetectionCurve& curve, std::uint64_t seed, std::uint64_t replicate,
                   EerRule rule) {
  require_both_classes(curve);
  auto drawn = curve;
  drawn.num_bonafide = redraw_class(drawn, &ScoreStep::bonafide, stratum_key(seed, replicate, 0));
  drawn.num_spoof = redraw_class(drawn, &ScoreStep::spoof, stratum_key(seed, replicate, 1));
  return eer(drawn, rule).eer;
}

ConfusionMatrix poisson_confusion(const ConfusionMatrix& confusion, std::uint64_t seed,
                                  std::uint64_t replicate) {
  ConfusionMatrix drawn(confusion.num_classes());
  for (std::size_t truth = 0; truth < confusion.num_classes(); ++truth) {
    std::vector<std::int64_t> row;
    for (std::size_t c = 0; c < confusion.num_classes(); ++c) {
      row.push_back(confusion.count(truth, c));
    }
    redraw(stratum_key(seed, replicate, truth), row);
    for (std::size_t c = 0; c < row.size(); ++c) drawn.add(truth, c, row[c]);
  }
  return drawn;
}

}  // namespace codectrace::metrics
