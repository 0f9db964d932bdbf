#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "shard/corpus_file.h"
#include "shard/writer.h"

namespace codectrace::test {

inline shard::ShardHeader tiny_header(shard::SampleFormat format = shard::SampleFormat::Int16) {
  return {16000, format, "0123456789abcdef", "codectrace test"};
}

inline std::vector<shard::ColumnSpec> tiny_columns() {
  return {{"speaker", {"p225", "p226"}}, {"codec", {"mini", "snac_24khz"}}};
}

/// A different waveform for each utterance.
inline std::vector<std::int16_t> tiny_samples(std::uint64_t utterance) {
  std::vector<std::int16_t> samples(3 + 5 * (utterance % 7));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(977 * (utterance + 1) * (i + 1));
  }
  return samples;
}

inline std::string tiny_id(std::uint64_t utterance) { return fmt::format("p225_{:03}", utterance); }

/// Utterances first … first + count − 1; codes of utterance u: speaker u mod 2, codec unknown.
inline shard::ShardSummary write_tiny_shard(const std::filesystem::path& path, std::uint64_t first,
                                            std::uint64_t count) {
  shard::ShardWriter writer(path, tiny_header(), tiny_columns());
  for (std::uint64_t u = first; u < first + count; ++u) {
    const std::vector<std::int32_t> codes{static_cast<std::int32_t>(u % 2), shard::kUnknownCode};
    writer.add(tiny_id(u), std::span<const std::int16_t>(tiny_samples(u)), codes);
  }
  return writer.commit();
}

/// A finished corpus of `num_shards` shards of `per_shard` utterances.
inline void write_tiny_corpus(const std::filesystem::path& folder, std::uint64_t num_shards,
                              std::uint64_t per_shard) {
  std::filesystem::create_directories(folder);
  std::vector<shard::ShardSummary> shards;
  for (std::uint64_t i = 0; i < num_shards; ++i) {
    shards.push_back(
        write_tiny_shard(folder / shard::shard_file_name(i), i * per_shard, per_shard));
  }
  shard::finish_corpus(folder, shards);
}

}  // namespace codectrace::test
