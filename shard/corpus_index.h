#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shard/columns.h"
#include "shard/header.h"
#include "shard/reader.h"

namespace codectrace::shard {

/// The open shards of a corpus and a table from id to utterance: 8 bytes a slot beside the ids that
/// the shards hold anyway. At most 2^32 − 2 utterances.
class CorpusIndex {
 public:
  /// @throws Error(BadData): a shard that is missing, corrupt or not as its summary says; an id
  /// that
  ///         occurs twice
  CorpusIndex(const std::filesystem::path& folder, std::span<const ShardSummary> shards);

  /// @throws Error(BadData) naming the first shard whose header, columns or
  ///         features are others
  void check_agreement(const ShardHeader& header, const std::vector<ColumnSpec>& columns) const;

  [[nodiscard]] std::uint64_t size() const { return first_.back(); }  ///< utterances
  [[nodiscard]] std::size_t num_shards() const { return shards_.size(); }
  [[nodiscard]] const ShardReader& shard(std::size_t number) const { return shards_[number]; }
  [[nodiscard]] std::optional<std::uint64_t> find(std::string_view id) const;
  /// Shard number and position in it. @param index  below size()
  [[nodiscard]] std::pair<std::size_t, std::uint64_t> place(std::uint64_t index) const;
  [[nodiscard]] std::string_view id(std::uint64_t index) const;

 private:
  void build_table();
  /// Slot of the id, or the empty one where it would go.
  [[nodiscard]] std::size_t slot_of(std::string_view id, std::uint64_t hash) const;

  std::vector<ShardReader> shards_;
  std::vector<std::uint64_t> first_{
      0};                             // corpus index of each shard's first utterance, and the end
  std::vector<std::uint64_t> table_;  // open addressing; upper half of the hash, index + 1
};

}  // namespace codectrace::shard
