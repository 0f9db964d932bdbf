#pragma once

#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "preprocess/config.h"
#include "tests/support/audio_files.h"
#include "tests/support/damage.h"
#include "tests/support/small_taxonomy.h"

namespace codectrace::test {

/// A folder as CoRS has it, short files: bona fide and two codecs, 16 kHz but for every fifth
/// utterance's bona fide file, which is stereo at 22.05 kHz.
inline void write_cors_set(const std::filesystem::path& folder, int sentences) {
  std::filesystem::create_directories(folder);
  for (int i = 0; i < sentences; ++i) {
    const std::string stem = fmt::format("p22{}_{:03}", 5 + i % 3, i);
    const auto seed = static_cast<std::uint32_t>(i);
    const auto length = static_cast<std::size_t>(2000 + 37 * (i % 11));
    if (i % 5 == 0) {
      write_audio(folder / (stem + ".wav"), kWav16, 22050, 2, sine(300 + i, 22050, 2, 0.2));
    } else {
      write_pcm(folder / (stem + ".wav"), kWav16, 16000, 1, noise_pcm(length, seed));
    }
    write_pcm(folder / (stem + "_mini.wav"), kWav16, 16000, 1, noise_pcm(length, seed + 1000));
    write_pcm(folder / (stem + "_silk.flac"), SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1,
              noise_pcm(length, seed + 2000));
  }
}

/// Small shards, and the small taxonomy, which is written beside the audio folder.
inline preprocess::Config small_config(const std::filesystem::path& audio,
                                       const std::filesystem::path& out) {
  preprocess::Config config;
  config.audio = audio.string();
  config.out = out.string();
  config.taxonomy = (audio.parent_path() / "taxonomy.toml").string();
  write_bytes(config.taxonomy, kSmallTaxonomy);
  config.shard.utterances = 7;
  return config;
}

}  // namespace codectrace::test
