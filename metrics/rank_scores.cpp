#include "metrics/rank_scores.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "comm/agreement.h"
#include "core/error.h"

namespace codectrace::metrics {
namespace {

template <class Score>
void reject_nan(std::span<const Score> scores, const char* class_name, int rank) {
  const auto nan = std::ranges::find_if(scores, [](Score score) { return std::isnan(score); });
  if (nan == scores.end()) return;
  throw Error(ErrorKind::BadData,
              fmt::format("{} score {} of rank {}'s {} is not a number (NaN)", class_name,
                          nan - scores.begin(), rank, scores.size()));
}

bool all_floats(std::span<const double> scores) {
  return std::ranges::all_of(
      scores, [](double score) { return static_cast<double>(static_cast<float>(score)) == score; });
}

}  // namespace

template <class Score>
ClassTotals checked_totals(const RankScores<Score>& mine, comm::Communicator& comm) {
  comm::together(comm, [&] {
    reject_nan(mine.bonafide, "bona fide", comm.rank());
    reject_nan(mine.spoof, "spoof", comm.rank());
  });
  std::array<std::int64_t, 2> counts{std::ssize(mine.bonafide), std::ssize(mine.spoof)};
  comm.all_reduce_sum(std::span<std::int64_t>(counts)).wait();
  if (counts[0] == 0) throw Error(ErrorKind::BadData, "no bona fide on any rank");
  if (counts[1] == 0) throw Error(ErrorKind::BadData, "no spoof on any rank");
  return {counts[0], counts[1]};
}

template ClassTotals checked_totals(const RankScores<float>&, comm::Communicator&);
template ClassTotals checked_totals(const RankScores<double>&, comm::Communicator&);

bool are_floats(const RankScores<double>& mine, comm::Communicator& comm) {
  return !comm.any(!all_floats(mine.bonafide) || !all_floats(mine.spoof));
}

}  // namespace codectrace::metrics
