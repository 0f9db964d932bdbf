#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "comm/self.h"
#include "core/error.h"
#include "metrics/poisson_bootstrap.h"
#include "metrics/replicates.h"

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

/// Accuracy and weighted F1 of each replicate's confusion matrix.
template <class Resampled>
ClassificationIntervals intervals_over_replicates(int replicates, comm::Communicator& comm,
                                                  Resampled resampled) {
  auto values = replicate_figures(replicates, 2, comm,
                                  [&](std::uint64_t replicate, std::span<double> figures) {
                                    const auto drawn = classification(resampled(replicate));
                                    figures[0] = drawn.accuracy;
                                    figures[1] = drawn.f1_weighted;
                                  });
  return {interval_of(values[0]), interval_of(values[1])};
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
  comm::SelfCommunicator alone;
  return eer_interval(bonafide, spoof, {}, options, rule, alone);
}

Interval eer_interval(std::span<const double> bonafide, std::span<const double> spoof,
                      const ScoreClusters& clusters, const BootstrapOptions& options, EerRule rule,
                      comm::Communicator& comm) {
  if (std::ssize(bonafide) + std::ssize(spoof) > kMostDrawnOneByOne) {
    CT_INVARIANT(clusters.bonafide.empty(), "clusters of more scores than are drawn one by one");
    const auto curve = detection_curve(bonafide, spoof);
    return poisson_eer_interval(rule == EerRule::TieCorrect ? pooled(curve) : curve, options, rule,
                                comm);
  }
  return eer_interval(placed_scores(bonafide, spoof), clusters, options, rule, comm);
}

Interval eer_interval(PlacedScores scores, const ScoreClusters& clusters,
                      const BootstrapOptions& options, EerRule rule, comm::Communicator& comm) {
  ResampledCurve resampled(std::move(scores), clusters);
  auto eers = replicate_figures(
      options.replicates, 1, comm, [&](std::uint64_t replicate, std::span<double> figures) {
        figures[0] = eer(resampled.draw(options.seed, replicate), rule).eer;
      });
  return interval_of(eers[0]);
}

Interval poisson_eer_interval(const DetectionCurve& curve, const BootstrapOptions& options,
                              EerRule rule, comm::Communicator& comm) {
  auto eers = replicate_figures(options.replicates, 1, comm,
                                [&](std::uint64_t replicate, std::span<double> figures) {
                                  figures[0] = poisson_eer(curve, options.seed, replicate, rule);
                                });
  return interval_of(eers[0]);
}

ClassificationIntervals classification_intervals(
    std::span<const std::vector<std::size_t>> predictions, const BootstrapOptions& options) {
  comm::SelfCommunicator alone;
  return classification_intervals(predictions, {}, options, alone);
}

ClassificationIntervals classification_intervals(
    std::span<const std::vector<std::size_t>> predictions,
    std::span<const std::vector<std::uint32_t>> clusters, const BootstrapOptions& options,
    comm::Communicator& comm) {
  const auto observed = confusion_of(predictions);
  if (observed.total() > kMostDrawnOneByOne) {
    CT_INVARIANT(clusters.empty(), "clusters of more answers than are drawn one by one");
    return poisson_intervals(observed, options, comm);
  }
  std::vector<DrawnUnits> units;
  for (std::size_t truth = 0; truth < predictions.size(); ++truth) {
    units.emplace_back(predictions[truth].size(),
                       clusters.empty() ? std::span<const std::uint32_t>() : clusters[truth]);
  }
  return intervals_over_replicates(options.replicates, comm, [&](std::uint64_t replicate) {
    ConfusionMatrix drawn(predictions.size());
    for (std::size_t truth = 0; truth < predictions.size(); ++truth) {
      units[truth].draw(stratum_key(options.seed, replicate, truth),
                        [row = drawn.row(truth), answers = std::span(predictions[truth])](
                            std::uint64_t utterance) { ++row[answers[utterance]]; });
    }
    return drawn;
  });
}

ClassificationIntervals poisson_intervals(const ConfusionMatrix& observed,
                                          const BootstrapOptions& options,
                                          comm::Communicator& comm) {
  return intervals_over_replicates(options.replicates, comm, [&](std::uint64_t replicate) {
    return poisson_confusion(observed, options.seed, replicate);
  });
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
