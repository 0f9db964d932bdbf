#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace codectrace::metrics {

/// The part of a draw that all draws of a replicate and stratum share; see bootstrap_draw().
[[nodiscard]] std::uint64_t stratum_key(std::uint64_t seed, std::uint64_t replicate,
                                        std::uint64_t stratum);

inline constexpr std::uint64_t kDrawStride = 0x9E3779B97F4A7C15U;  // splitmix64's, 2^64 / φ
/// Inline: a thousand replicates of a million utterances call nothing else.
[[nodiscard]] constexpr std::uint64_t draw_below(std::uint64_t key, std::uint64_t draw,
                                                 std::uint64_t n) {
  const auto bits = mix64(key + kDrawStride * (draw + 1));
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits) * n) >> 64);
}

/// What a bootstrap draws of one class, with replacement: utterances, or clusters of them that come
/// together (all of a speaker's). As many are drawn as there are.
class DrawnUnits {
 public:
  /// @param clusters  number of each utterance's; the order of numbers is that of the units. Empty:
  ///                  each utterance by itself
  DrawnUnits(std::size_t num_utterances, std::span<const std::uint32_t> clusters);

  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Calls `take` with each utterance of each drawn unit. @param key  of stratum_key()
  template <class Take>
  void draw(std::uint64_t key, Take take) const {
    const auto size = size_;
    if (members_.empty()) {
      for (std::uint64_t j = 0; j < size; ++j) take(draw_below(key, j, size));
      return;
    }
    for (std::uint64_t j = 0; j < size; ++j) {
      const auto unit = draw_below(key, j, size);
      for (auto i = begins_[unit]; i < begins_[unit + 1]; ++i) take(members_[i]);
    }
  }

 private:
  std::uint64_t size_;
  std::vector<std::size_t> begins_;     // of each cluster in members_, and their end
  std::vector<std::uint32_t> members_;  // utterances, cluster by cluster; empty without clusters
};

}  // namespace codectrace::metrics
