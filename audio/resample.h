#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace codectrace::audio {

/// One sample rate to another, libsoxr at its high quality (20 bit; librosa's `soxr_hq`). Kept for
/// many signals, each independent of those before. One a thread.
class Resampler {
 public:
  /// @throws Error(Environment) with libsoxr's own text
  Resampler(std::uint32_t from_hz, std::uint32_t to_hz);
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;
  ~Resampler();

  /// @param input   mono, finite
  /// @param output  overwritten; ceil(input · to_hz / from_hz) samples, in time with the input
  void resample(std::span<const float> input, std::vector<float>& output);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace codectrace::audio
