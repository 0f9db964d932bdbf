#include "metrics/spread_scores.h"

#include <span>
#include <utility>

#include "comm/exchange.h"
#include "core/error.h"
#include "metrics/distributed_curve.h"
#include "metrics/distributed_eer.h"
#include "metrics/poisson_bootstrap.h"

namespace codectrace::metrics {
namespace {

template <class T>
std::vector<T> of_all(comm::Communicator& comm, std::vector<T> mine) {
  return comm.size() == 1 ? std::move(mine) : comm::gathered_values<T>(comm, mine);
}

ClassScores of_all(comm::Communicator& comm, ClassScores mine) {
  return {of_all(comm, std::move(mine.bonafide)), of_all(comm, std::move(mine.spoof)),
          of_all(comm, std::move(mine.bonafide_clusters)),
          of_all(comm, std::move(mine.spoof_clusters))};
}

template <class Key>
DetectionCurve pooled_by_keys(const RankScores<double>& mine, comm::Communicator& comm) {
  const DistributedCurve<Key> curve(mine, comm);
  CurvePool pool(curve.totals().bonafide + curve.totals().spoof);
  curve.visit([&](const ScoreStep& step) { pool.add(step); });
  return std::move(pool).curve();
}

}  // namespace

SpreadScores::SpreadScores(ClassScores mine, comm::Communicator& comm)
    : comm_(comm), scores_(std::move(mine)) {
  const auto totals = checked_totals(on_rank(), comm_);
  gathered_ = totals.bonafide + totals.spoof <= kMostDrawnOneByOne;
  if (!gathered_) return;
  scores_ = of_all(comm_, std::move(scores_));
  placed_ = placed_scores(scores_.bonafide, scores_.spoof);
}

EqualErrorRate SpreadScores::eer(EerRule rule) const {
  return gathered_ ? metrics::eer(placed_.curve, rule) : distributed_eer(on_rank(), rule, comm_);
}

TradeOff SpreadScores::trade_off() const {
  if (!gathered_) return distributed_trade_off(on_rank(), {}, comm_);
  const auto& curve = placed_.curve;
  TradeOffSums sums({}, {curve.num_bonafide, curve.num_spoof});
  for (const auto& step : curve.steps) sums.add(step);
  return sums.value();
}

Interval SpreadScores::eer_interval(const BootstrapOptions& options, EerRule rule) const {
  if (gathered_) {
    return metrics::eer_interval(placed_, {scores_.bonafide_clusters, scores_.spoof_clusters},
                                 options, rule, comm_);
  }
  if (rule == EerRule::TieCorrect) {
    return poisson_eer_interval(pooled_curve(), options, rule, comm_);
  }
  CT_INVARIANT(comm_.size() == 1, "the other rule takes all steps, which no rank has");
  return metrics::eer_interval(scores_.bonafide, scores_.spoof, {}, options, rule, comm_);
}

DetectionCurve SpreadScores::pooled_curve() const {
  return are_floats(on_rank(), comm_) ? pooled_by_keys<std::uint32_t>(on_rank(), comm_)
                                      : pooled_by_keys<std::uint64_t>(on_rank(), comm_);
}

}  // namespace codectrace::metrics
