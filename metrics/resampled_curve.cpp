#include "metrics/resampled_curve.h"

#include <algorithm>
#include <utility>

namespace codectrace::metrics {

ResampledCurve::ResampledCurve(PlacedScores scores, const ScoreClusters& clusters)
    : curve_(std::move(scores.curve)),
      bonafide_{DrawnUnits(scores.bonafide.size(), clusters.bonafide), std::move(scores.bonafide)},
      spoof_{DrawnUnits(scores.spoof.size(), clusters.spoof), std::move(scores.spoof)},
      counts_(curve_.steps.size()) {
  require_both_classes(curve_);
}

const DetectionCurve& ResampledCurve::draw(std::uint64_t seed, std::uint64_t replicate) {
  curve_.num_bonafide =
      draw_class(stratum_key(seed, replicate, 0), bonafide_, &ScoreStep::bonafide);
  curve_.num_spoof = draw_class(stratum_key(seed, replicate, 1), spoof_, &ScoreStep::spoof);
  return curve_;
}

std::int64_t ResampledCurve::draw_class(std::uint64_t key, const Side& side,
                                        std::int64_t ScoreStep::*count) {
  std::ranges::fill(counts_, 0U);
  side.units.draw(key, [counts = std::span(counts_), steps = std::span(side.steps)](
                           std::uint64_t utterance) { ++counts[steps[utterance]]; });
  std::int64_t total = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) total += curve_.steps[i].*count = counts_[i];
  return total;
}

}  // namespace codectrace::metrics
