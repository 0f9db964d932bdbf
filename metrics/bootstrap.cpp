#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "metrics/resampled_curve.h"

namespace codectrace::metrics {

std::uint64_t bootstrap_draw(std::uint64_t seed, std::uint64_t replicate, std::uint64_t stratum,
                             std::uint64_t draw, std::uint64_t n) {
  return draw_below(stratum_key(seed, replicate, stratum), draw, n);
}

Interval interval_of(std::vector<double>& values) {
  std::ranges::sort(values);
  return {quantile(values, 0.025), quantile(values, 0.975)};
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
