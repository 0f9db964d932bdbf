#pragma once

#include "metrics/detection_curve.h"

namespace codectrace::metrics {

/// Steps of a curve that come one after the other, pooled where they violate a rising share of
/// bona fide (pool adjacent violators). The result doesn't depend on how steps were pooled before.
class ViolatorPool {
 public:
  /// @param step  of a higher score than those before
  void add(const ScoreStep& step);
  /// Blocks of strictly rising share; a block's score is its highest.
  [[nodiscard]] const std::vector<ScoreStep>& blocks() const { return blocks_; }

 private:
  std::vector<ScoreStep> blocks_;
};

/// The curve whose steps are the edges of the lower left convex hull of (false rejection, false
/// acceptance).
/// @throws Error(BadData) if a class has no score
[[nodiscard]] DetectionCurve convex_hull(const DetectionCurve& curve);

}  // namespace codectrace::metrics
