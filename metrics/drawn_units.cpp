#include "metrics/drawn_units.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace codectrace::metrics {

std::uint64_t stratum_key(std::uint64_t seed, std::uint64_t replicate, std::uint64_t stratum) {
  return mix64(mix64(seed + kDrawStride * (replicate + 1)) + kDrawStride * (stratum + 1));
}

DrawnUnits::DrawnUnits(std::size_t num_utterances, std::span<const std::uint32_t> clusters)
    : size_(num_utterances) {
  if (clusters.empty()) return;
  CT_INVARIANT(clusters.size() == num_utterances, "a cluster for each utterance");
  members_.resize(num_utterances);
  std::iota(members_.begin(), members_.end(), std::uint32_t{0});
  std::ranges::stable_sort(members_, {}, [&](std::uint32_t i) { return clusters[i]; });
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (i == 0 || clusters[members_[i]] != clusters[members_[i - 1]]) begins_.push_back(i);
  }
  size_ = begins_.size();
  begins_.push_back(members_.size());
}

}  // namespace codectrace::metrics
