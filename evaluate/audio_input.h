#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "audio/decode.h"
#include "audio/resample.h"

namespace codectrace::evaluate {

/// "-" among file names.
inline constexpr auto kStandardInput = "-";

/// The files to score: a folder stands for every audio file under it, in the order of their paths.
/// @throws Error(BadData) naming a folder without any
[[nodiscard]] std::vector<std::string> audio_files(const std::vector<std::string>& given);

/// Audio files of any rate, channel count and length → mono samples at 16 kHz, as preprocess makes
/// them but for the rounding to 16 bits. Keeps its buffers for the next file.
class AudioInput {
 public:
  /// @param file  a path, or "-" for what standard input holds
  /// @returns samples, until the next call; full scale 1
  /// @throws Error(BadData) naming the file: it can't be decoded, has no samples, or some that are
  ///         NaN or infinite. One that breaks off is taken as far as it goes, with a warning.
  std::span<const float> load(const std::string& file);

 private:
  void decode(const std::string& file);
  void resample();

  audio::Decoder decoder_;
  audio::Audio audio_;
  std::map<std::uint32_t, audio::Resampler> resamplers_;  // by the rate they are for
  std::vector<float> resampled_;
};

}  // namespace codectrace::evaluate
