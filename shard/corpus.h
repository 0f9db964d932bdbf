#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shard/columns.h"
#include "shard/feature.h"
#include "shard/header.h"
#include "shard/reader.h"

namespace codectrace::shard {

/// A finished corpus directory, opened: which utterance lies where. Holds ids in one compact index,
/// no audio, and one open file a shard. Thread safe; copies share the index.
class Corpus {
 public:
  /// @throws Error(BadData): not a corpus; unfinished (no corpus.json: says to run preprocess
  ///         again); a newer version; a shard missing, of another size or corrupt outside its
  ///         samples; an id that occurs twice
  static Corpus open(const std::filesystem::path& folder);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::vector<ShardSummary>& shards() const { return shards_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< utterances
  [[nodiscard]] const ShardHeader& header() const { return header_; }
  [[nodiscard]] std::uint32_t sample_rate_hz() const { return header_.sample_rate_hz; }
  [[nodiscard]] const std::vector<ColumnSpec>& columns() const { return columns_; }
  [[nodiscard]] const std::vector<FeatureSpec>& features() const { return features_; }
  /// Is `wanted` kept here? @throws Error(BadData) if a feature of that name is, but made by
  /// something else or of another shape: names both
  [[nodiscard]] bool keeps(const FeatureSpec& wanted) const;
  /// Of corpus.json: equal on two machines only if the corpora are.
  [[nodiscard]] std::uint32_t checksum() const { return checksum_; }

  /// Corpus index of an utterance, 0 … size() − 1, in shard order.
  [[nodiscard]] std::optional<std::uint64_t> find(std::string_view id) const;
  /// @throws Error(BadData) that counts the ids that aren't there and shows the first few
  [[nodiscard]] std::vector<std::uint64_t> find_all(std::span<const std::string> ids,
                                                    std::string_view list_name) const;
  /// Length in samples.
  [[nodiscard]] std::uint64_t samples(std::uint64_t index) const;
  [[nodiscard]] std::string id(std::uint64_t index) const;
  /// Shard number and position within it.
  struct Place {
    std::size_t shard = 0;
    std::uint64_t position = 0;
  };
  [[nodiscard]] Place place(std::uint64_t index) const;
  /// Open; lives as long as the corpus or a copy of it.
  [[nodiscard]] const ShardReader& shard(std::size_t number) const;
  /// Codes of all utterances by corpus index. @throws Error(Usage) listing the columns there are
  [[nodiscard]] Column read_column(std::string_view name) const;

 private:
  struct Index;
  std::filesystem::path folder_;
  std::vector<ShardSummary> shards_;
  std::uint64_t size_ = 0;
  ShardHeader header_;
  std::vector<ColumnSpec> columns_;
  std::vector<FeatureSpec> features_;
  std::uint32_t checksum_ = 0;
  std::shared_ptr<const Index> index_;
};

}  // namespace codectrace::shard
