#pragma once

#include "comm/communicator.h"
#include "metrics/eer.h"
#include "metrics/rank_scores.h"

namespace codectrace::metrics {

/// Exact equal error rate over the scores of all ranks, in memory that doesn't grow with them:
/// 1 MiB. Equal to eer(curve, rule) of all scores
/// together, to the bit, however they are spread.
///
/// Histograms of order-preserving integer keys (score_key.h), added over ranks and refined around
/// the crossing: a tie never straddles a bin's edge, so counts at edges are exact.
///
/// Collective: every rank calls it and gets the same result; a rank may bring no scores.
/// @throws Error(BadData) on all ranks: a NaN (names rank, class and index), or a class empty
///         everywhere
/// Source: docs/metrics.md, "Over ranks".
[[nodiscard]] EqualErrorRate distributed_eer(const RankScores<float>& mine, EerRule rule,
                                             comm::Communicator& comm);
[[nodiscard]] EqualErrorRate distributed_eer(const RankScores<double>& mine, EerRule rule,
                                             comm::Communicator& comm);

}  // namespace codectrace::metrics
