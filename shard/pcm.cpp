#include "shard/pcm.h"

#include <algorithm>

namespace codectrace::shard {
namespace {

constexpr float kFullScale = 32768.0F;
constexpr float kLowest = -32768.0F;
constexpr float kHighest = 32767.0F;
// 1.5 · 2^23: floats of that size are the whole numbers, so adding it rounds, ties to even.
constexpr float kRoundingShift = 12582912.0F;

/// Of up to 2^16 samples: counters of 32 bits, and neither a call nor a branch in the loop, keep it
/// one of vectors.
PcmLoss block_to_pcm(const float* samples, std::int16_t* pcm, std::size_t count) {
  std::int32_t rounded = 0;
  std::int32_t clipped = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float scaled = samples[i] * kFullScale;  // exact: a power of two
    const float above = scaled > 2 * kLowest ? scaled : 2 * kLowest;
    const float near = above < -2 * kLowest ? above : -2 * kLowest;
    const float whole = (near + kRoundingShift) - kRoundingShift;
    const float at_least = whole > kLowest ? whole : kLowest;
    const float kept = at_least < kHighest ? at_least : kHighest;
    const std::int32_t is_clipped = kept != whole ? 1 : 0;
    const std::int32_t is_changed = kept != scaled ? 1 : 0;
    clipped += is_clipped;
    rounded += is_changed - is_clipped;
    pcm[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(kept));
  }
  return {static_cast<std::size_t>(rounded), static_cast<std::size_t>(clipped)};
}

}  // namespace

PcmLoss to_pcm(std::span<const float> samples, std::span<std::int16_t> pcm) {
  constexpr std::size_t kBlock = 1 << 16;
  PcmLoss loss;
  for (std::size_t first = 0; first < samples.size(); first += kBlock) {
    const std::size_t count = std::min(kBlock, samples.size() - first);
    const PcmLoss block = block_to_pcm(samples.data() + first, pcm.data() + first, count);
    loss.rounded += block.rounded;
    loss.clipped += block.clipped;
  }
  return loss;
}

void from_pcm(std::span<const std::int16_t> pcm, std::span<float> samples) {
  const std::int16_t* const from = pcm.data();
  float* const to = samples.data();
  const std::size_t count = pcm.size();
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]) * (1.0F / kFullScale);
}

}  // namespace codectrace::shard
