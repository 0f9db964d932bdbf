#pragma once

#include <cstdint>

#include "metrics/convex_hull.h"
#include "metrics/detection_cost.h"
#include "metrics/detection_curve.h"
#include "metrics/exact_sum.h"
#include "metrics/rank_scores.h"

namespace codectrace::metrics {

/// Area under the ROC curve, from its steps one after the other.
class AreaSum {
 public:
  void add(const ScoreStep& step) {
    twice_wins_ += static_cast<__int128>(step.bonafide) *
                   (2 * static_cast<__int128>(spoof_below_) + step.spoof);
    spoof_below_ += step.spoof;
  }
  [[nodiscard]] double value(const ClassTotals& totals) const;

 private:
  __int128 twice_wins_ = 0;
  std::int64_t spoof_below_ = 0;
};

/// Least detection cost, from the curve's steps one after the other.
class LeastCost {
 public:
  LeastCost(const DetectionCost& cost, const ClassTotals& totals);
  void add(const ScoreStep& step);
  [[nodiscard]] double value() const { return least_; }

 private:
  [[nodiscard]] double here() const;

  DetectionCost cost_;
  ClassTotals totals_;
  std::int64_t missed_ = 0;
  std::int64_t accepted_;
  double least_;
};

/// Bits that log-likelihood ratios cost, without rounding before the end.
class RatioBits {
 public:
  void add(double llr, std::int64_t bonafide, std::int64_t spoof);
  /// For sums over ranks.
  [[nodiscard]] ExactSum& bonafide() { return bonafide_; }
  [[nodiscard]] ExactSum& spoof() { return spoof_; }
  [[nodiscard]] double mean(const ClassTotals& totals) const;

 private:
  ExactSum bonafide_;
  ExactSum spoof_;
};

/// Figures of the trade-off between the two errors.
struct TradeOff {
  double auc = 0;
  double min_dcf = 0;
  double min_cllr = 0;
  double eer_rocch = 0;
};

/// All of them, from the curve's steps one after the other.
class TradeOffSums {
 public:
  TradeOffSums(const DetectionCost& cost, const ClassTotals& totals)
      : totals_(totals), least_(cost, totals) {}
  void add(const ScoreStep& step) {
    area_.add(step);
    least_.add(step);
    pool_.add(step);
  }
  [[nodiscard]] TradeOff value() const;

 private:
  ClassTotals totals_;
  AreaSum area_;
  LeastCost least_;
  ViolatorPool pool_;
};

/// Cost of accepting or rejecting so many, normalised.
[[nodiscard]] double normalised_cost(const DetectionCost& cost, std::int64_t missed,
                                     std::int64_t accepted, const ClassTotals& totals);

/// min_cllr() of the blocks of a convex hull.
[[nodiscard]] double hull_cllr(const DetectionCurve& hull);

}  // namespace codectrace::metrics
