#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace codectrace::model {

/// Mel filters of Whisper: triangles over 0 to 8000 Hz of area 1, their corners evenly spaced on
/// Slaney's mel scale.
/// @return  [201, mels] float32, rounded from float64; a row a bin of 40 Hz
[[nodiscard]] torch::Tensor mel_filters(std::int64_t mels);

/// What Whisper hears: a log-mel spectrogram of 25 ms every 10 ms, of an utterance and the silence
/// after it.
///
/// Source: arXiv:2212.04356, section 2.2, and its published front end: reflected at both ends,
/// periodic Hann window, power, the floor at 10⁻¹⁰ and 8 below the utterance's largest log10.
class LogMel {
 public:
  static constexpr std::int64_t kWindow = 400;  ///< samples, 25 ms
  static constexpr std::int64_t kHop = 160;     ///< samples, 10 ms

  /// @param frames  of the result: silence fills what an utterance doesn't
  LogMel(std::int64_t mels, std::int64_t frames);

  /// @param waveform  [B, T] 16 kHz, 1 ≤ T ≤ 160·frames; any device
  /// @return          [B, mels, frames], float64 of float64, else float32. Columns from
  ///                  frames_with_sound(T) on are the same for an utterance.
  /// @throws Error(Usage) for another shape
  [[nodiscard]] torch::Tensor operator()(const torch::Tensor& waveform) const;

  /// Frames that see any of T samples; those after them see zeros.
  [[nodiscard]] std::int64_t frames_with_sound(std::int64_t samples) const;

  /// The step before the logarithm, of frames_with_sound(T) frames: [B, frames, 201].
  [[nodiscard]] torch::Tensor power(const torch::Tensor& waveform) const;

 private:
  std::int64_t frames_;
  torch::Tensor window_, filters_;
};

}  // namespace codectrace::model
