#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/classification.h"
#include "metrics/detection_curve.h"
#include "metrics/eer.h"

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

/// Quantile of `sorted` with linear interpolation between order statistics, numpy's default.
/// @param sorted  rising, not empty   @param q  in [0, 1]
[[nodiscard]] double quantile(std::span<const double> sorted, double q);

}  // namespace codectrace::metrics
