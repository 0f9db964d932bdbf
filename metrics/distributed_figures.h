#pragma once

#include "comm/communicator.h"
#include "metrics/detection_cost.h"
#include "metrics/rank_scores.h"
#include "metrics/trade_off_sums.h"

namespace codectrace::metrics {

/// auc(), min_dcf(), min_cllr() and eer_rocch() over the scores of all ranks, equal to the bit to
/// those of all scores together. Memory: a copy of this rank's scores, a few MiB, and the hull.
/// Scores where both classes lie travel to every rank once.
///
/// Collective, and errors, as distributed_eer().
[[nodiscard]] TradeOff distributed_trade_off(const RankScores<float>& mine,
                                             const DetectionCost& cost, comm::Communicator& comm);
[[nodiscard]] TradeOff distributed_trade_off(const RankScores<double>& mine,
                                             const DetectionCost& cost, comm::Communicator& comm);

/// Figures of log-likelihood ratios.
struct RatioCosts {
  double act_dcf = 0;
  double cllr = 0;
};

/// act_dcf() and cllr() over all ranks, equal to the bit; needs no memory to speak of.
///
/// Collective, and errors, as distributed_eer().
[[nodiscard]] RatioCosts distributed_ratio_costs(const RankScores<float>& llrs,
                                                 const DetectionCost& cost,
                                                 comm::Communicator& comm);
[[nodiscard]] RatioCosts distributed_ratio_costs(const RankScores<double>& llrs,
                                                 const DetectionCost& cost,
                                                 comm::Communicator& comm);

}  // namespace codectrace::metrics
