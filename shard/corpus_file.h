#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "shard/columns.h"
#include "shard/header.h"

namespace codectrace::shard {

/// corpus.json: what a finished corpus consists of. Written last, so that its being there says that
/// the corpus is finished.
struct CorpusFile {
  ShardHeader header;  ///< every shard's
  std::vector<ColumnSpec> columns;
  std::vector<ShardSummary> shards;
  std::uint32_t checksum = 0;  ///< of the file itself, see FORMAT.md

  [[nodiscard]] std::uint64_t utterances() const;
  [[nodiscard]] std::uint64_t samples() const;
};

/// @throws Error(BadData): the folder isn't there, has no corpus.json (says to run preprocess
///         again), it is corrupt or of a newer version
[[nodiscard]] CorpusFile read_corpus_file(const std::filesystem::path& folder);

/// Makes shards into a corpus: checks that their headers and columns agree and that no id occurs
/// twice, then writes corpus.json atomically. Reads ids, not samples.
/// @param shards  as ShardWriter::commit or summarize_shard returned them, in the corpus's order
/// @throws Error(BadData) naming the shard that doesn't fit, or the id and both its places
void finish_corpus(const std::filesystem::path& folder, std::span<const ShardSummary> shards);

}  // namespace codectrace::shard
