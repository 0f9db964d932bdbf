#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "metrics/poisson_bootstrap.h"
#include "metrics/resampled_curve.h"

namespace codectrace::metrics {
namespace {

using Predictions = std::span<const std::vector<std::size_t>>;

ConfusionMatrix confusion_of(Predictions predictions) {
  ConfusionMatrix confusion(predictions.size());
  for (std::size_t truth = 0; truth < predictions.size(); ++truth) {
    for (const auto prediction : predictions[truth]) confusion.add(truth, prediction);
  }
  return confusion;
}

ConfusionMatrix resampled_confusion(Predictions predictions, std::uint64_t seed,
                                    std::uint64_t replicate) {
  ConfusionMatrix confusion(predictions.size());
  for (std::size_t truth = 0; truth < predictions.size(); ++truth) {
    const auto n = static_cast<std::uint64_t>(predictions[truth].size());
    const auto key = stratum_key(seed, replicate, truth);
    for (std::uint64_t j = 0; j < n; ++j) {
      confusion.add(truth, predictions[truth][draw_below(key, j, n)]);
    }
  }
  return confusion;
}

}  // namespace

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
  if (std::ssize(bonafide) + std::ssize(spoof) > kMostDrawnOneByOne) {
    auto eers =
        poisson_eers(detection_curve(bonafide, spoof), options.replicates, options.seed, rule);
    return interval_of(eers);
  }
  ResampledCurve resampled(bonafide, spoof);
  std::vector<double> values;
  for (int r = 0; r < options.replicates; ++r) {
    values.push_back(eer(resampled.draw(options.seed, static_cast<std::uint64_t>(r)), rule).eer);
  }
  return interval_of(values);
}

ClassificationIntervals classification_intervals(
    std::span<const std::vector<std::size_t>> predictions, const BootstrapOptions& options) {
  const auto observed = confusion_of(predictions);
  const bool by_poisson = observed.total() > kMostDrawnOneByOne;
  std::vector<double> accuracies;
  std::vector<double> f1s;
  for (int r = 0; r < options.replicates; ++r) {
    const auto replicate = static_cast<std::uint64_t>(r);
    const auto confusion = by_poisson ? poisson_confusion(observed, options.seed, replicate)
                                      : resampled_confusion(predictions, options.seed, replicate);
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
