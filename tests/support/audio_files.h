#pragma once

#include <sndfile.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

namespace codectrace::test {

/// Writes through libsndfile's own writer. @param samples  channels interleaved, full scale 1
inline void write_audio(const std::filesystem::path& path, int format, int rate, int channels,
                        const std::vector<float>& samples) {
  SF_INFO info{};
  info.format = format;
  info.samplerate = rate;
  info.channels = channels;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
  const auto count = static_cast<sf_count_t>(samples.size());
  const bool all = sf_write_float(file, samples.data(), count) == count;
  sf_close(file);
  if (!all) throw std::runtime_error("libsndfile wrote less: " + path.string());
}

inline void write_pcm(const std::filesystem::path& path, int format, int rate, int channels,
                      const std::vector<std::int16_t>& samples) {
  SF_INFO info{};
  info.format = format;
  info.samplerate = rate;
  info.channels = channels;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
  const auto count = static_cast<sf_count_t>(samples.size());
  const bool all = sf_write_short(file, samples.data(), count) == count;
  sf_close(file);
  if (!all) throw std::runtime_error("libsndfile wrote less: " + path.string());
}

inline constexpr int kWav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;

/// Different for each seed, in all 16 bits.
inline std::vector<std::int16_t> noise_pcm(std::size_t count, std::uint32_t seed) {
  std::vector<std::int16_t> samples(count);
  std::uint32_t state = seed * 2654435761U + 1;
  for (auto& sample : samples) {
    state = state * 1664525U + 1013904223U;
    sample = static_cast<std::int16_t>(static_cast<std::int32_t>(state >> 16) - 32768);
  }
  return samples;
}

/// A sine of 0.5 full scale, the same on all channels.
inline std::vector<float> sine(double frequency_hz, int rate, int channels, double seconds) {
  std::vector<float> samples;
  for (int i = 0; i < static_cast<int>(seconds * rate); ++i) {
    const double phase = 2 * std::numbers::pi * frequency_hz * i / rate;
    samples.insert(samples.end(), static_cast<std::size_t>(channels),
                   static_cast<float>(0.5 * std::sin(phase)));
  }
  return samples;
}

}  // namespace codectrace::test
