#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "metrics/detection_curve.h"
#include "metrics/rank_scores.h"

namespace codectrace::metrics {

/// Steps of a curve, rising, in pieces.
using StepVisitor = std::function<void(const ScoreStep&)>;

/// The curve of all ranks' scores, step by step, in memory that holds this rank's keys (a score's
/// size each) and a few MiB.
///
/// Key ranges that hold both classes are gathered from all ranks, about a million scores at a time.
/// Neighbouring scores of one class come as one step, with the upper end of their range as score:
/// what only steps of both classes, or the curve's corners, decide (AUC, minimum cost, the hull) is
/// the same.
template <class Key>
class DistributedCurve {
 public:
  /// Collective. @throws as checked_totals
  template <class Score>
  DistributedCurve(const RankScores<Score>& mine, comm::Communicator& comm);

  [[nodiscard]] const ClassTotals& totals() const { return totals_; }
  /// Collective: every rank sees the same steps.
  void visit(const StepVisitor& visitor) const;

 private:
  /// This rank's sorted keys of each class within a range.
  struct Slice {
    std::span<const Key> bonafide;
    std::span<const Key> spoof;
  };
  /// Ranges of keys wait until enough of them can be gathered at once.
  struct Waiting {
    Slice slice;
    std::int64_t count = 0;  // over all ranks
  };

  void visit_range(const Slice& slice, Key first, int bits, Waiting& waiting,
                   const StepVisitor& visitor) const;
  void gather(Waiting& waiting, const StepVisitor& visitor) const;
  [[nodiscard]] std::vector<Key> gathered(std::span<const Key> mine) const;

  comm::Communicator& comm_;
  ClassTotals totals_;
  std::vector<Key> bonafide_;
  std::vector<Key> spoof_;
};

}  // namespace codectrace::metrics
