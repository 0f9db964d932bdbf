#include "shard/pcm.h"

#include <algorithm>
#include <cmath>

namespace codectrace::shard {
namespace {

constexpr float kFullScale = 32768.0F;
constexpr float kLowest = -32768.0F;
constexpr float kHighest = 32767.0F;

}  // namespace

PcmLoss to_pcm(std::span<const float> samples, std::span<std::int16_t> pcm) {
  PcmLoss loss;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const float scaled = samples[i] * kFullScale;  // exact: a power of two
    const float rounded = std::nearbyint(scaled);
    const float kept = std::clamp(rounded, kLowest, kHighest);
    loss.clipped += static_cast<std::size_t>(kept != rounded);
    loss.rounded += static_cast<std::size_t>(kept == rounded && rounded != scaled);
    pcm[i] = static_cast<std::int16_t>(kept);
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
