#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "shard/columns.h"
#include "shard/header.h"

namespace codectrace::shard {

/// How often each category of a column occurs.
struct ColumnCounts {
  ColumnSpec spec;
  std::vector<std::uint64_t> utterances;  ///< one a category
  std::uint64_t unknown = 0;
};

/// What is in a corpus or shard, to be shown.
struct Contents {
  ShardHeader header;
  std::uint64_t shards = 0;
  std::uint64_t utterances = 0;
  std::uint64_t samples = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t shortest = 0;  ///< samples; 0 if there are no utterances
  std::uint64_t longest = 0;
  std::vector<ColumnCounts> columns;
  std::vector<std::string> features;  ///< "whisper [768]: what made it"
};

/// Of a corpus folder or a shard; reads columns, no samples.
/// @throws Error as Corpus::open and ShardReader::open
[[nodiscard]] Contents inspect(const std::filesystem::path& path);

}  // namespace codectrace::shard
