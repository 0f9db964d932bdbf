#include "evaluate/audio_input.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "protocol/audio_name.h"
#include "shard/pcm.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kSampleRate = 16000;  // what every network here takes

std::vector<std::byte> read_standard_input() {
  std::vector<std::byte> bytes;
  std::array<std::byte, 1 << 16> block{};
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("read standard input");
    if (count == 0) break;
    bytes.insert(bytes.end(), block.begin(), block.begin() + count);
  }
  if (bytes.empty()) throw Error(ErrorKind::BadData, "standard input is empty");
  return bytes;
}

std::vector<std::string> files_under(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (protocol::split_audio_name(name).extension >= 0 && entry.is_regular_file()) {
      files.push_back(entry.path().string());
    }
  }
  if (files.empty()) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} is a folder without audio files (.wav, .flac, .mp3 and so on)",
                            folder.string()));
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::vector<std::string> audio_files(const std::vector<std::string>& given) {
  std::vector<std::string> files;
  for (const auto& name : given) {
    if (name != kStandardInput && fs::is_directory(name)) {
      const auto inside = files_under(name);
      files.insert(files.end(), inside.begin(), inside.end());
    } else {
      files.push_back(name);
    }
  }
  return files;
}

std::span<const float> AudioInput::load(const std::string& file) {
  decode(file);
  if (audio_.size() == 0) {
    throw Error(ErrorKind::BadData, fmt::format("{} has no samples", file));
  }
  if (audio_.non_finite > 0) {
    throw Error(ErrorKind::BadData,
                fmt::format("{}: {} samples are NaN or infinite", file, audio_.non_finite));
  }
  if (!audio_.cut_short.empty()) {
    log::warn("{}: {}; scored as far as it goes", file, audio_.cut_short);
  }
  if (audio_.is_int16) {
    audio_.samples.resize(audio_.pcm.size());
    shard::from_pcm(audio_.pcm, audio_.samples);
  }
  if (audio_.sample_rate_hz != kSampleRate) resample();
  return audio_.samples;
}

void AudioInput::decode(const std::string& file) {
  if (file == kStandardInput) {
    decoder_.decode(read_standard_input(), "standard input", audio_);
  } else {
    decoder_.decode(file, audio_);
  }
}

void AudioInput::resample() {
  const auto rate = audio_.sample_rate_hz;
  auto resampler = resamplers_.find(rate);
  if (resampler == resamplers_.end()) {
    resampler = resamplers_.emplace(rate, audio::Resampler(rate, kSampleRate)).first;
  }
  resampler->second.resample(audio_.samples, resampled_);
  std::swap(audio_.samples, resampled_);
}

}  // namespace codectrace::evaluate
