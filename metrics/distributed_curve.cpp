#include "metrics/distributed_curve.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "metrics/score_key.h"

namespace codectrace::metrics {
namespace {

constexpr int kBitsAtOnce = 16;                    // 1 MiB of counters
constexpr std::int64_t kGatheredAtOnce = 1 << 20;  // scores, over all ranks

template <class Key, class Score>
std::vector<Key> sorted_keys(std::span<const Score> scores) {
  using Exact = std::conditional_t<sizeof(Key) == sizeof(float), float, double>;
  std::vector<Key> keys;
  keys.reserve(scores.size());
  for (const Score score : scores) keys.push_back(score_key(static_cast<Exact>(score)));
  std::ranges::sort(keys);
  return keys;
}

/// Takes the keys up to and including `last` from the front.
template <class Key>
std::span<const Key> take_through(std::span<const Key>& keys, Key last) {
  const auto end = std::ranges::upper_bound(keys, last);
  const auto taken = keys.first(static_cast<std::size_t>(end - keys.begin()));
  keys = keys.subspan(taken.size());
  return taken;
}

/// Two neighbouring spans of one array, or one of them if the other is empty.
template <class Key>
std::span<const Key> joined(std::span<const Key> low, std::span<const Key> high) {
  if (low.empty()) return high;
  return {low.data(), low.size() + high.size()};
}

/// How many keys at the front are `key`; takes them.
template <class Key>
std::int64_t take_equal(std::span<const Key>& keys, Key key) {
  std::size_t count = 0;
  while (count < keys.size() && keys[count] == key) ++count;
  keys = keys.subspan(count);
  return static_cast<std::int64_t>(count);
}

}  // namespace

template <class Key>
template <class Score>
DistributedCurve<Key>::DistributedCurve(const RankScores<Score>& mine, comm::Communicator& comm)
    : comm_(comm),
      totals_(checked_totals(mine, comm)),
      bonafide_(sorted_keys<Key>(mine.bonafide)),
      spoof_(sorted_keys<Key>(mine.spoof)) {}

template <class Key>
void DistributedCurve<Key>::visit(const StepVisitor& visitor) const {
  Waiting waiting;
  visit_range({bonafide_, spoof_}, 0, std::numeric_limits<Key>::digits, waiting, visitor);
  gather(waiting, visitor);
}

/// @param first, bits  the range: keys from `first` on that agree with it but for their last bits
template <class Key>
void DistributedCurve<Key>::visit_range(const Slice& slice, Key first, int bits, Waiting& waiting,
                                        const StepVisitor& visitor) const {
  const int resolved = std::min(bits, kBitsAtOnce);
  const int left = bits - resolved;
  const auto num_parts = std::size_t{1} << resolved;
  std::vector<std::int64_t> counts(2 * num_parts);
  const auto count = [&](std::span<const Key> keys, std::size_t offset) {
    for (const Key key : keys) ++counts[offset + static_cast<std::size_t>((key - first) >> left)];
  };
  count(slice.bonafide, 0);
  count(slice.spoof, num_parts);
  comm_.all_reduce_sum(counts).wait();

  Slice rest = slice;
  for (std::size_t part = 0; part < num_parts; ++part) {
    const auto bonafide = counts[part];
    const auto spoof = counts[num_parts + part];
    if (bonafide + spoof == 0) continue;
    const Key begin = first + static_cast<Key>(static_cast<Key>(part) << left);
    const Key last = begin + static_cast<Key>((Key{1} << left) - 1);
    const Slice mine{take_through(rest.bonafide, last), take_through(rest.spoof, last)};
    if (left == 0 || bonafide == 0 || spoof == 0) {
      gather(waiting, visitor);
      visitor({static_cast<double>(score_of_key(last)), bonafide, spoof});
    } else if (bonafide + spoof > kGatheredAtOnce) {
      gather(waiting, visitor);
      visit_range(mine, begin, left, waiting, visitor);
    } else {
      if (waiting.count + bonafide + spoof > kGatheredAtOnce) gather(waiting, visitor);
      waiting.slice = {joined(waiting.slice.bonafide, mine.bonafide),
                       joined(waiting.slice.spoof, mine.spoof)};
      waiting.count += bonafide + spoof;
    }
  }
}

template <class Key>
void DistributedCurve<Key>::gather(Waiting& waiting, const StepVisitor& visitor) const {
  if (waiting.count == 0) return;
  const auto bonafide_keys = gathered(waiting.slice.bonafide);
  const auto spoof_keys = gathered(waiting.slice.spoof);
  waiting = {};
  std::span<const Key> bonafide(bonafide_keys);
  std::span<const Key> spoof(spoof_keys);
  while (!bonafide.empty() || !spoof.empty()) {
    const Key key = bonafide.empty() ? spoof.front()
                    : spoof.empty()  ? bonafide.front()
                                     : std::min(bonafide.front(), spoof.front());
    visitor({static_cast<double>(score_of_key(key)), take_equal(bonafide, key),
             take_equal(spoof, key)});
  }
}

/// Every rank's keys, sorted.
template <class Key>
std::vector<Key> DistributedCurve<Key>::gathered(std::span<const Key> mine) const {
  const auto sizes = comm_.gathered<std::uint64_t>(mine.size());
  const std::size_t widest = *std::ranges::max_element(sizes);
  std::vector<Key> padded(widest);
  std::ranges::copy(mine, padded.begin());
  std::vector<Key> all(widest * sizes.size());
  const auto bytes = [](std::vector<Key>& keys) {
    return comm::buffer(std::span(reinterpret_cast<char*>(keys.data()), keys.size() * sizeof(Key)));
  };
  comm_.all_gather(bytes(padded), bytes(all));
  std::size_t end = 0;
  for (std::size_t rank = 0; rank < sizes.size(); ++rank) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(rank * widest);
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(end);
    const auto stop = std::copy_n(begin, sizes[rank], middle);
    std::inplace_merge(all.begin(), middle, stop);
    end += sizes[rank];
  }
  all.resize(end);
  return all;
}

template class DistributedCurve<std::uint32_t>;
template class DistributedCurve<std::uint64_t>;
template DistributedCurve<std::uint32_t>::DistributedCurve(const RankScores<float>&,
                                                           comm::Communicator&);
template DistributedCurve<std::uint32_t>::DistributedCurve(const RankScores<double>&,
                                                           comm::Communicator&);
template DistributedCurve<std::uint64_t>::DistributedCurve(const RankScores<double>&,
                                                           comm::Communicator&);

}  // namespace codectrace::metrics
