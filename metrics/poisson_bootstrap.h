#pragma once

#include <cstdint>

#include "metrics/classification.h"
#include "metrics/detection_curve.h"
#include "metrics/eer.h"

namespace codectrace::metrics {

/// Above so many utterances a bootstrap draws how often each step of the curve, or cell of the
/// confusion matrix, comes, a Poisson number, instead of one utterance after the other: the same
/// but for a class's total, which varies too, and a thousand times faster.
inline constexpr std::int64_t kMostDrawnOneByOne = 1'000'000;
/// A class of fewer is drawn one by one all the same, so that it can't come out empty.
inline constexpr std::int64_t kFewestByPoisson = 1000;

/// A Poisson number, from 128 random bits: by inversion for small means, above 64 by the normal
/// approximation with its skew corrected (Cornish and Fisher).
[[nodiscard]] std::int64_t poisson(double mean, std::uint64_t bits, std::uint64_t more_bits);

/// A curve's steps, one after the other, pooled to about 4096 of equal weight: few enough to be
/// drawn a thousand times. A tie, or neighbours of one class, that weigh more stay by themselves.
/// Neighbours of one class may come as one step: the result is the same.
class CurvePool {
 public:
  /// @param total  scores of both classes
  explicit CurvePool(std::int64_t total);
  /// @param step  of a higher score than those before
  void add(const ScoreStep& step);
  [[nodiscard]] DetectionCurve curve() &&;

 private:
  void pool(const ScoreStep& step);

  std::int64_t weight_;
  ScoreStep neighbours_;  // of one class, or a tie; not pooled yet
  DetectionCurve pooled_;
};
[[nodiscard]] DetectionCurve pooled(const DetectionCurve& curve);

/// EER of a replicate. For EerRule::TieCorrect `curve` may be pooled(); the other rule would read a
/// pooled step as a tie.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] double poisson_eer(const DetectionCurve& curve, std::uint64_t seed,
                                 std::uint64_t replicate, EerRule rule);

/// A resampling of a confusion matrix, each true class by itself.
[[nodiscard]] ConfusionMatrix poisson_confusion(const ConfusionMatrix& confusion,
                                                std::uint64_t seed, std::uint64_t replicate);

}  // namespace codectrace::metrics
