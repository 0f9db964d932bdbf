#pragma once

#include <cstdint>
#include <vector>

#include "comm/communicator.h"
#include "metrics/bootstrap.h"
#include "metrics/distributed_figures.h"
#include "metrics/eer.h"
#include "metrics/rank_scores.h"

namespace codectrace::metrics {

/// Scores of the two classes, and which cluster each one's utterance is of; without clusters those
/// are empty.
struct ClassScores {
  std::vector<double> bonafide;
  std::vector<double> spoof;
  std::vector<std::uint32_t> bonafide_clusters;
  std::vector<std::uint32_t> spoof_clusters;
};

/// Scores that are spread over ranks, and their figures: the same bits for any number of ranks.
///
/// Up to kMostDrawnOneByOne scores are brought to every rank, since their bootstrap draws one
/// utterance after the other: 16 MiB with their clusters. More stay where they are.
///
/// Every member is collective.
class SpreadScores {
 public:
  /// @param mine  in byte order of the utterances' ids, which rise from rank to rank
  /// @throws Error(BadData) on all ranks: a NaN, or a class that is empty on all of them
  SpreadScores(ClassScores mine, comm::Communicator& comm);

  [[nodiscard]] EqualErrorRate eer(EerRule rule = EerRule::TieCorrect) const;
  [[nodiscard]] TradeOff trade_off() const;
  /// @pre EerRule::TieCorrect if there are several ranks and more than kMostDrawnOneByOne scores
  [[nodiscard]] Interval eer_interval(const BootstrapOptions& options, EerRule rule) const;

 private:
  [[nodiscard]] RankScores<double> on_rank() const { return {scores_.bonafide, scores_.spoof}; }
  [[nodiscard]] DetectionCurve pooled_curve() const;

  comm::Communicator& comm_;
  ClassScores scores_;  // all of them if they are gathered, else this rank's
  bool gathered_;
  PlacedScores placed_;  // if they are gathered
};

}  // namespace codectrace::metrics
