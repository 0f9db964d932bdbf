#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/random.h"

namespace codectrace::metrics {
namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15U;

/// The part of a draw that all draws of a replicate and stratum share.
std::uint64_t stratum_key(std::uint64_t seed, std::uint64_t replicate, std::uint64_t stratum) {
  return mix64(mix64(seed + kGolden * (replicate + 1)) + kGolden * (stratum + 1));
}

std::uint64_t draw_below(std::uint64_t key, std::uint64_t draw, std::uint64_t n) {
  const auto bits = mix64(key + kGolden * (draw + 1));
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits) * n) >> 64);
}

Interval interval_of(std::vector<double>& values) {
  std::ranges::sort(values);
  return {quantile(values, 0.025), quantile(values, 0.975)};
}

/// Which step of the curve each score is.
std::vector<std::size_t> steps_of(std::span<const double> scores, const DetectionCurve& curve) {
  std::vector<std::size_t> steps;
  steps.reserve(scores.size());
  for (const double score : scores) {
    const auto step = std::ranges::lower_bound(curve.steps, score, {}, &ScoreStep::score);
    steps.push_back(static_cast<std::size_t>(step - curve.steps.begin()));
  }
  return steps;
}

/// The curve of one replicate, in place.
class ResampledCurve {
 public:
  ResampledCurve(std::span<const double> bonafide, std::span<const double> spoof)
      : curve_(detection_curve(bonafide, spoof)),
        bonafide_steps_(steps_of(bonafide, curve_)),
        spoof_steps_(steps_of(spoof, curve_)) {
    require_both_classes(curve_);
  }

  const DetectionCurve& draw(std::uint64_t seed, std::uint64_t replicate) {
    for (auto& step : curve_.steps) step.bonafide = step.spoof = 0;
    draw_class(stratum_key(seed, replicate, 0), bonafide_steps_, &ScoreStep::bonafide);
    draw_class(stratum_key(seed, replicate, 1), spoof_steps_, &ScoreStep::spoof);
    return curve_;
  }

 private:
  void draw_class(std::uint64_t key, const std::vector<std::size_t>& steps,
                  std::int64_t ScoreStep::*count) {
    const auto n = static_cast<std::uint64_t>(steps.size());
    for (std::uint64_t j = 0; j < n; ++j) ++(curve_.steps[steps[draw_below(key, j, n)]].*count);
  }

  DetectionCurve curve_;
  std::vector<std::size_t> bonafide_steps_;
  std::vector<std::size_t> spoof_steps_;
};

}  // namespace

std::uint64_t bootstrap_draw(std::uint64_t seed, std::uint64_t replicate, std::uint64_t stratum,
                             std::uint64_t draw, std::uint64_t n) {
  return draw_below(stratum_key(seed, replicate, stratum), draw, n);
}

Interval eer_interval(std::span<const double> bonafide, std::span<const double> spoof,
                      const BootstrapOptions& options, EerRule rule) {
  ResampledCurve resampled(bonafide, spoof);
  std::vector<double> values;
  for (int r = 0; r < options.replicates; ++r) {
    values.push_back(eer(resampled.draw(options.seed, static_cast<std::uint64_t>(r)), rule).eer);
  }
  return interval_of(values);
}

ClassificationIntervals classification_intervals(
    std::span<const std::vector<std::size_t>> predictions, const BootstrapOptions& options) {
  std::vector<double> accuracies;
  std::vector<double> f1s;
  for (int r = 0; r < options.replicates; ++r) {
    ConfusionMatrix confusion(predictions.size());
    for (std::size_t truth = 0; truth < predictions.size(); ++truth) {
      const auto n = static_cast<std::uint64_t>(predictions[truth].size());
      const auto key = stratum_key(options.seed, static_cast<std::uint64_t>(r), truth);
      for (std::uint64_t j = 0; j < n; ++j) {
        confusion.add(truth, predictions[truth][draw_below(key, j, n)]);
      }
    }
    const auto figures = classification(confusion);
    accuracies.push_back(figures.accuracy);
    f1s.push_back(figures.f1_weighted);
  }
  return {interval_of(accuracies), interval_of(f1s)};
}

double quantile(std::span<const double> sorted, double q) {
  CT_INVARIANT(!sorted.empty(), "a quantile of nothing");
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  const auto above = std::min(below + 1, sorted.size() - 1);
  const double weight = position - static_cast<double>(below);
  return sorted[below] + weight * (sorted[above] - sorted[below]);
}

}  // namespace codectrace::metrics
