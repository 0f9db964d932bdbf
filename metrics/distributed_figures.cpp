#include "metrics/distributed_figures.h"

#include <array>

#include "metrics/distributed_curve.h"

namespace codectrace::metrics {
namespace {

template <class Key, class Score>
TradeOff trade_off_by_keys(const RankScores<Score>& mine, const DetectionCost& cost,
                           comm::Communicator& comm) {
  const DistributedCurve<Key> curve(mine, comm);
  TradeOffSums sums(cost, curve.totals());
  curve.visit([&](const ScoreStep& step) { sums.add(step); });
  return sums.value();
}

template <class Score>
RatioCosts ratio_costs(const RankScores<Score>& llrs, const DetectionCost& cost,
                       comm::Communicator& comm) {
  const auto totals = checked_totals(llrs, comm);
  const double threshold = cost.threshold();
  RatioBits bits;
  std::array<std::int64_t, 2> wrong{};  // missed, accepted
  for (const Score llr : llrs.bonafide) {
    bits.add(llr, 1, 0);
    if (llr < threshold) ++wrong[0];
  }
  for (const Score llr : llrs.spoof) {
    bits.add(llr, 0, 1);
    if (llr >= threshold) ++wrong[1];
  }
  comm.all_reduce_sum(std::span<std::int64_t>(wrong)).wait();
  comm.all_reduce_sum(bits.bonafide().digits()).wait();
  comm.all_reduce_sum(bits.spoof().digits()).wait();
  return {normalised_cost(cost, wrong[0], wrong[1], totals), bits.mean(totals)};
}

}  // namespace

TradeOff distributed_trade_off(const RankScores<float>& mine, const DetectionCost& cost,
                               comm::Communicator& comm) {
  return trade_off_by_keys<std::uint32_t>(mine, cost, comm);
}

TradeOff distributed_trade_off(const RankScores<double>& mine, const DetectionCost& cost,
                               comm::Communicator& comm) {
  (void)checked_totals(mine, comm);  // a NaN isn't a float32 either, and must be told as what it is
  return are_floats(mine, comm) ? trade_off_by_keys<std::uint32_t>(mine, cost, comm)
                                : trade_off_by_keys<std::uint64_t>(mine, cost, comm);
}

RatioCosts distributed_ratio_costs(const RankScores<float>& llrs, const DetectionCost& cost,
                                   comm::Communicator& comm) {
  return ratio_costs(llrs, cost, comm);
}

RatioCosts distributed_ratio_costs(const RankScores<double>& llrs, const DetectionCost& cost,
                                   comm::Communicator& comm) {
  return ratio_costs(llrs, cost, comm);
}

}  // namespace codectrace::metrics
