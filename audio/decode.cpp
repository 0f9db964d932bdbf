#include "audio/decode.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "audio/sound_file.h"
#include "core/error.h"

namespace codectrace::audio {
namespace {

constexpr std::int64_t kBlockFrames = 1 << 18;  // 16 s at 16 kHz; a header can promise anything

/// Reads to the end, a block more at a time. @returns how the file is short of its promise
template <class Sample>
std::string read_all(SoundFile& file, std::vector<Sample>& interleaved) {
  const auto channels = static_cast<std::size_t>(file.channels());
  const std::int64_t promised = file.promised_frames();
  std::string shortfall = file.shortfall();
  std::size_t frames = 0;
  try {
    for (bool at_end = false; !at_end;) {
      const std::int64_t left = promised - static_cast<std::int64_t>(frames);
      const std::int64_t block = promised < 0 ? kBlockFrames : std::min(kBlockFrames, left);
      if (block <= 0) break;
      interleaved.resize((frames + static_cast<std::size_t>(block)) * channels);
      const std::int64_t read = file.read(std::span(interleaved).subspan(frames * channels));
      frames += static_cast<std::size_t>(read);
      at_end = read < block;
    }
  } catch (const Error& error) {
    shortfall = fmt::format("cut short: {}", error.what());
  }
  interleaved.resize(frames * channels);
  if (shortfall.empty() && static_cast<std::int64_t>(frames) < promised) {
    shortfall = fmt::format("cut short: {} samples, its header promises {}", frames, promised);
  }
  return shortfall;
}

/// Averages. False, with nothing written, if the averages aren't all whole numbers.
bool mix_exactly(std::span<const std::int16_t> interleaved, int channels,
                 std::vector<std::int16_t>& mono) {
  const auto step = static_cast<std::size_t>(channels);
  mono.resize(interleaved.size() / step);
  for (std::size_t i = 0; i < mono.size(); ++i) {
    int sum = 0;
    for (const int sample : interleaved.subspan(i * step, step)) sum += sample;
    if (sum % channels != 0) return false;
    mono[i] = static_cast<std::int16_t>(sum / channels);
  }
  return true;
}

template <class Sample>
void mix(std::span<const Sample> interleaved, int channels, double full_scale,
         std::vector<float>& mono) {
  const auto step = static_cast<std::size_t>(channels);
  const double scale = 1.0 / (full_scale * channels);
  mono.resize(interleaved.size() / step);
  for (std::size_t i = 0; i < mono.size(); ++i) {
    double sum = 0;
    for (const auto sample : interleaved.subspan(i * step, step)) sum += sample;
    mono[i] = static_cast<float>(sum * scale);
  }
}

/// By exponent bits and with small counters, so that it is a loop of vectors.
std::uint64_t count_non_finite(std::span<const float> samples) {
  constexpr std::uint32_t kExponent = 0x7F800000;
  constexpr std::size_t kBlock = 1 << 16;
  std::uint64_t count = 0;
  for (std::size_t first = 0; first < samples.size(); first += kBlock) {
    std::uint32_t in_block = 0;
    for (const float sample : samples.subspan(first, std::min(kBlock, samples.size() - first))) {
      in_block += static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(sample) & kExponent) ==
                                             kExponent);
    }
    count += in_block;
  }
  return count;
}

void decode_int16(SoundFile& file, std::vector<std::int16_t>& interleaved, Audio& audio) {
  constexpr double kFullScale = 32768;
  if (audio.channels == 1) {
    audio.cut_short = read_all(file, audio.pcm);
    return;
  }
  audio.cut_short = read_all(file, interleaved);
  audio.is_int16 = mix_exactly(interleaved, audio.channels, audio.pcm);
  if (!audio.is_int16) {
    mix<std::int16_t>(interleaved, audio.channels, kFullScale, audio.samples);
  }
}

void decode_float(SoundFile& file, std::vector<float>& interleaved, Audio& audio) {
  if (audio.channels == 1) {
    audio.cut_short = read_all(file, audio.samples);
  } else {
    audio.cut_short = read_all(file, interleaved);
    mix<float>(interleaved, audio.channels, 1, audio.samples);
  }
  audio.non_finite = count_non_finite(audio.samples);
}

}  // namespace

void Decoder::decode(const std::filesystem::path& path, Audio& audio) {
  bytes_ = {};
  bytes_ = file_.read(path);
  decode(bytes_, path.string(), audio);
}

void Decoder::decode(std::span<const std::byte> bytes, const std::string& name, Audio& audio) {
  try {
    SoundFile file(bytes);
    audio.sample_rate_hz = static_cast<std::uint32_t>(file.sample_rate_hz());
    audio.channels = file.channels();
    audio.is_int16 = file.is_int16();
    audio.non_finite = 0;
    if (audio.is_int16) {
      decode_int16(file, pcm_, audio);
    } else {
      decode_float(file, samples_, audio);
    }
  } catch (const Error& error) {
    throw error.within(name);
  }
}

}  // namespace codectrace::audio
