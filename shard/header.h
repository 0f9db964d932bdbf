#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace codectrace::shard {

enum class SampleFormat { Int16, Float32 };

[[nodiscard]] constexpr std::size_t size_of(SampleFormat format) {
  return format == SampleFormat::Int16 ? sizeof(std::int16_t) : sizeof(float);
}
/// "int16" or "float32", as in configs and corpus.json.
[[nodiscard]] constexpr std::string_view name_of(SampleFormat format) {
  return format == SampleFormat::Int16 ? "int16" : "float32";
}

/// What is the same in every shard of a corpus, but for their sizes.
struct ShardHeader {
  std::uint32_t sample_rate_hz = 16000;
  SampleFormat sample_format = SampleFormat::Int16;
  std::string config_hash;  ///< of what decides the samples; free text to this folder
  std::string writer;       ///< program and version: "codectrace 0.1.0"

  bool operator==(const ShardHeader&) const = default;
};

/// What corpus.json says of one shard.
struct ShardSummary {
  std::string file;  ///< name within the corpus
  std::uint64_t utterances = 0;
  std::uint64_t samples = 0;
  std::uint64_t size_bytes = 0;
  std::uint32_t crc32c = 0;  ///< of the whole file

  bool operator==(const ShardSummary&) const = default;
};

}  // namespace codectrace::shard
