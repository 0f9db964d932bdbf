#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace codectrace::shard {

/// What 16 bits did to samples.
struct PcmLoss {
  std::size_t rounded = 0;  ///< lay between two steps
  std::size_t clipped = 0;  ///< lay outside [-1, 32767/32768]

  [[nodiscard]] bool exact() const { return rounded == 0 && clipped == 0; }
  bool operator==(const PcmLoss&) const = default;
};

/// round(32768 · x), ties to even, into [-32768, 32767]. Exact for what from_pcm made.
/// @param samples  finite; as many as `pcm`
PcmLoss to_pcm(std::span<const float> samples, std::span<std::int16_t> pcm);

/// x / 32768: in [-1, 1), exact.
void from_pcm(std::span<const std::int16_t> pcm, std::span<float> samples);

}  // namespace codectrace::shard
