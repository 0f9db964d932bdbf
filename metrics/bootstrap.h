#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "metrics/classification.h"
#include "metrics/eer.h"
#include "metrics/resampled_curve.h"

namespace codectrace::metrics {

struct BootstrapOptions {
  int replicates = 1000;
  std::uint64_t seed = 1;
};

/// A 95 % percentile interval.
struct Interval {
  double low = 0;
  double high = 0;
};

/// Which of n utterances of a class is drawn: a pure function, so an interval doesn't depend on
/// ranks or order of work. docs/metrics.md gives the equation.
/// @param replicate  from 0
/// @param stratum    0 bona fide, 1 spoof; for classification the index of the true class
/// @param draw       from 0
[[nodiscard]] std::uint64_t bootstrap_draw(std::uint64_t seed, std::uint64_t replicate,
                                           std::uint64_t stratum, std::uint64_t draw,
                                           std::uint64_t n);

/// Interval of the EER by a rule, utterances drawn with replacement within bona fide and within
/// spoof; of more than a million as poisson_bootstrap.h says.
/// @param bonafide, spoof  scores in byte order of their utterances' ids
/// @throws Error(BadData) on a NaN, or if a class is empty
[[nodiscard]] Interval eer_interval(std::span<const double> bonafide, std::span<const double> spoof,
                                    const BootstrapOptions& options = {},
                                    EerRule rule = EerRule::TieCorrect);

/// The same, of what all ranks know alike: the replicates are dealt out over them. Collective.
/// @param clusters  drawn as wholes within each class, by DrawnUnits; at most kMostDrawnOneByOne
///                  scores have them
[[nodiscard]] Interval eer_interval(std::span<const double> bonafide, std::span<const double> spoof,
                                    const ScoreClusters& clusters, const BootstrapOptions& options,
                                    EerRule rule, comm::Communicator& comm);

/// The same of scores that have been placed, at most kMostDrawnOneByOne. Collective.
[[nodiscard]] Interval eer_interval(PlacedScores scores, const ScoreClusters& clusters,
                                    const BootstrapOptions& options, EerRule rule,
                                    comm::Communicator& comm);

/// Interval of the EER from a curve's counts alone, as poisson_bootstrap.h draws them.
/// @param curve  pooled() for EerRule::TieCorrect, which saves time   Collective, as eer_interval()
[[nodiscard]] Interval poisson_eer_interval(const DetectionCurve& curve,
                                            const BootstrapOptions& options, EerRule rule,
                                            comm::Communicator& comm);

/// The percentile interval of resampled values, which are left sorted. @param values  not empty
[[nodiscard]] Interval interval_of(std::vector<double>& values);

struct ClassificationIntervals {
  Interval accuracy;
  Interval f1_weighted;
};

/// The same for classification, drawn within each true class.
/// @param predictions  one list a true class: its utterances' predictions in byte order of ids
/// @throws Error(BadData) if all lists are empty
[[nodiscard]] ClassificationIntervals classification_intervals(
    std::span<const std::vector<std::size_t>> predictions, const BootstrapOptions& options = {});

/// The same, of what all ranks know alike. Collective, as eer_interval().
/// @param clusters  one list a true class, beside `predictions`; empty: each utterance by itself
[[nodiscard]] ClassificationIntervals classification_intervals(
    std::span<const std::vector<std::size_t>> predictions,
    std::span<const std::vector<std::uint32_t>> clusters, const BootstrapOptions& options,
    comm::Communicator& comm);

/// Of counts alone, as poisson_bootstrap.h draws them. Collective, as eer_interval().
/// @throws Error(BadData) if the matrix is empty
[[nodiscard]] ClassificationIntervals poisson_intervals(const ConfusionMatrix& observed,
                                                        const BootstrapOptions& options,
                                                        comm::Communicator& comm);

/// Quantile of `sorted` with linear interpolation between order statistics, numpy's default.
/// @param sorted  rising, not empty   @param q  in [0, 1]
[[nodiscard]] double quantile(std::span<const double> sorted, double q);

}  // namespace codectrace::metrics
