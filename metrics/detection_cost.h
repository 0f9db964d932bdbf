#pragma once

#include <cmath>

#include "metrics/detection_curve.h"

namespace codectrace::metrics {

/// Prior of spoof and cost of each error, as in the ASVspoof 5 evaluation plan.
struct DetectionCost {
  double spoof_prior = 0.05;
  double miss = 1;          ///< a bona fide rejected
  double false_alarm = 10;  ///< a spoof accepted
  /// C_miss (1 - π) / (C_fa π): what a miss weighs against a false alarm; 1.9 by default.
  [[nodiscard]] double beta() const {
    return miss * (1 - spoof_prior) / (false_alarm * spoof_prior);
  }
  /// -ln β: log-likelihood ratios below it are taken for spoof.
  [[nodiscard]] double threshold() const { return -std::log(beta()); }
};

/// Least normalised detection cost over all thresholds, accept-all and reject-all included.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] double min_dcf(const DetectionCurve& curve, const DetectionCost& cost = {});

/// Normalised cost of deciding by log-likelihood ratios at the Bayes threshold -ln β.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] double act_dcf(const DetectionCurve& llrs, const DetectionCost& cost = {});

/// Cost of the log-likelihood ratios themselves, in bits (Brümmer and du Preez, 2006); +infinity if
/// one is infinitely wrong.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] double cllr(const DetectionCurve& llrs);

/// cllr after the best monotone recalibration (pool adjacent violators); scores of any scale.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] double min_cllr(const DetectionCurve& curve);

}  // namespace codectrace::metrics
