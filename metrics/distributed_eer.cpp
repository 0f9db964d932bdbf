#include "metrics/distributed_eer.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/error.h"
#include "metrics/crossing.h"
#include "metrics/score_key.h"

namespace codectrace::metrics {
namespace {

/// Bits of a key that each histogram resolves, from the top: 1 MiB of counters, which stay in
/// cache.
constexpr int kBitsAtOnce = 16;

/// Finds the crossing by the keys of all ranks' scores.
template <class Score, class Key>
class CrossingSearch {
 public:
  CrossingSearch(const RankScores<Score>& mine, const ClassTotals& totals, comm::Communicator& comm)
      : mine_(mine), totals_(totals), comm_(comm) {}

  Crossing find() {
    while (resolved_ < kKeyBits) refine();
    return {bonafide_below_,
            spoof_below_,
            {static_cast<double>(score_of_key(prefix_)), in_bin_.bonafide, in_bin_.spoof},
            totals_.bonafide,
            totals_.spoof};
  }

  /// Collective: the largest score of any rank below the crossing's.
  double score_before() const {
    Key largest = 0;
    for (const auto scores : {mine_.bonafide, mine_.spoof}) {
      for (const Score score : scores) {
        if (const Key key = key_of(score); key < prefix_) largest = std::max(largest, key);
      }
    }
    const auto over_ranks = comm_.reduced<std::uint64_t>(largest, comm::Reduce::Max);
    return score_of_key(static_cast<Key>(over_ranks));
  }

 private:
  static constexpr int kKeyBits = std::numeric_limits<Key>::digits;

  static Key key_of(Score score) {
    if constexpr (sizeof(Key) == sizeof(float)) {
      return score_key(static_cast<float>(score));
    } else {
      return score_key(static_cast<double>(score));
    }
  }

  /// Narrows the bin that holds the crossing by the next bits of the key.
  void refine() {
    constexpr auto kBins = std::size_t{1} << kBitsAtOnce;
    std::vector<std::int64_t> counts(2 * kBins);  // of bona fide, then of spoof
    const std::span all(counts);
    count(mine_.bonafide, all.first(kBins));
    count(mine_.spoof, all.last(kBins));
    comm_.all_reduce_sum(counts).wait();
    std::size_t bin = 0;
    for (;; ++bin) {
      CT_INVARIANT(bin < kBins, "the error rates never crossed");
      const auto bonafide = bonafide_below_ + counts[bin];
      const auto spoof = spoof_below_ + counts[kBins + bin];
      if (rate_difference(bonafide, spoof, totals_.bonafide, totals_.spoof) >= 0) break;
      bonafide_below_ = bonafide;
      spoof_below_ = spoof;
    }
    in_bin_ = {counts[bin], counts[kBins + bin]};
    prefix_ = static_cast<Key>((prefix_ << kBitsAtOnce) | bin);
    resolved_ += kBitsAtOnce;
  }

  /// Of the scores whose key begins with the prefix, how many have each value of its next bits.
  void count(std::span<const Score> scores, std::span<std::int64_t> bins) const {
    const int shift = kKeyBits - resolved_ - kBitsAtOnce;
    constexpr auto kMask = (Key{1} << kBitsAtOnce) - 1;
    if (resolved_ == 0) {
      for (const Score score : scores) ++bins[static_cast<std::size_t>(key_of(score) >> shift)];
      return;
    }
    for (const Score score : scores) {
      const Key key = key_of(score) >> shift;
      if (key >> kBitsAtOnce == prefix_) ++bins[static_cast<std::size_t>(key & kMask)];
    }
  }

  const RankScores<Score>& mine_;
  ClassTotals totals_;
  comm::Communicator& comm_;
  Key prefix_ = 0;
  int resolved_ = 0;  // bits of the prefix
  std::int64_t bonafide_below_ = 0;
  std::int64_t spoof_below_ = 0;
  ClassTotals in_bin_;
};

template <class Key, class Score>
EqualErrorRate eer_by_keys(const RankScores<Score>& mine, const ClassTotals& totals, EerRule rule,
                           comm::Communicator& comm) {
  CrossingSearch<Score, Key> search(mine, totals, comm);
  const auto crossing = search.find();
  if (rule == EerRule::TieCorrect) return eer_at(crossing);
  return eer_reference_at(crossing, [&] { return search.score_before(); });
}

}  // namespace

EqualErrorRate distributed_eer(const RankScores<float>& mine, EerRule rule,
                               comm::Communicator& comm) {
  return eer_by_keys<std::uint32_t>(mine, checked_totals(mine, comm), rule, comm);
}

EqualErrorRate distributed_eer(const RankScores<double>& mine, EerRule rule,
                               comm::Communicator& comm) {
  const auto totals = checked_totals(mine, comm);
  return are_floats(mine, comm) ? eer_by_keys<std::uint32_t>(mine, totals, rule, comm)
                                : eer_by_keys<std::uint64_t>(mine, totals, rule, comm);
}

}  // namespace codectrace::metrics
