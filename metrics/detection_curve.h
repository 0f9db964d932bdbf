#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace codectrace::metrics {

/// A distinct score and how many utterances of each class have it.
struct ScoreStep {
  double score = 0;
  std::int64_t bonafide = 0;
  std::int64_t spoof = 0;
};

/// What every figure of detection is computed from: the distinct scores, rising. A tie is one step,
/// so no figure depends on the order of the scores. Higher means more likely bona fide.
struct DetectionCurve {
  std::vector<ScoreStep> steps;
  std::int64_t num_bonafide = 0;
  std::int64_t num_spoof = 0;
};

/// -0 equals +0; infinities sort as they should; either class may be empty.
/// @throws Error(BadData) on a NaN, saying which class and position
/// @pre fewer than 2^32 scores
[[nodiscard]] DetectionCurve detection_curve(std::span<const double> bonafide,
                                             std::span<const double> spoof);

/// A curve, and which of its steps each score is.
struct PlacedScores {
  DetectionCurve curve;
  std::vector<std::uint32_t> bonafide;  ///< indices into curve.steps, in the order of the scores
  std::vector<std::uint32_t> spoof;
};

/// Errors and precondition as of detection_curve().
[[nodiscard]] PlacedScores placed_scores(std::span<const double> bonafide,
                                         std::span<const double> spoof);

/// @throws Error(BadData) if the curve lacks a class: "no spoof"
void require_both_classes(const DetectionCurve& curve);

/// A point of the detection trade-off.
struct ErrorRates {
  double false_rejection = 0;   ///< share of bona fide rejected (P_miss)
  double false_acceptance = 0;  ///< share of spoof accepted (P_fa)
};

/// Rates with the threshold at each boundary: before the first step (accept all), after each one.
/// @throws Error(BadData) as require_both_classes
[[nodiscard]] std::vector<ErrorRates> error_rates(const DetectionCurve& curve);

}  // namespace codectrace::metrics
