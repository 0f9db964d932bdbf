#pragma once

#include <span>

#include "metrics/detection_curve.h"

namespace codectrace::metrics {

struct EqualErrorRate {
  double eer = 0;        ///< a fraction
  double threshold = 0;  ///< bona fide at or above it
};

enum class EerRule {
  TieCorrect,  ///< eer()
  Reference    ///< eer_reference()
};

/// Equal error rate by linear interpolation between the boundaries of distinct scores: exact under
/// ties (all scores equal: 0.5), and unchanged if labels are swapped and scores negated.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] EqualErrorRate eer(const DetectionCurve& curve);

/// The reference's rule, equal to its result to the bit: one point after each score, bona fide
/// first within a tie, the first point where the rates are nearest, no interpolation. Ties bias it
/// (all scores equal: 1.0); it is for comparison with published figures only.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] EqualErrorRate eer_reference(const DetectionCurve& curve);

/// By one of the two rules.
[[nodiscard]] EqualErrorRate eer(const DetectionCurve& curve, EerRule rule);

/// eer() of scores as they come. @throws Error(BadData) on a NaN, or if a class is empty
[[nodiscard]] EqualErrorRate eer(std::span<const double> bonafide, std::span<const double> spoof);

/// eer() of the convex hull of the trade-off (convex_hull.h): the rate after the best monotone
/// recalibration, never above eer(). No threshold, since a hull's edge spans many scores.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] double eer_rocch(const DetectionCurve& curve);

/// Area under the ROC curve: the chance that a bona fide scores above a spoof, a tie counting half.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] double auc(const DetectionCurve& curve);

}  // namespace codectrace::metrics
