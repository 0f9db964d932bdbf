#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shard/columns.h"
#include "shard/feature.h"
#include "shard/header.h"
#include "shard/pcm.h"

namespace codectrace::shard {

/// Utterances → one shard that is there complete or not at all. Same input, same bytes.
///
/// Holds the shard in memory until commit(), so keep shards to a few hundred megabytes. Any number
/// of writers, each used from one thread at a time.
class ShardWriter {
 public:
  /// @param path     of the finished shard; its folder exists
  /// @param columns  categorical columns of this corpus
  /// @throws Error(Usage) as check_column_specs
  ShardWriter(std::filesystem::path path, ShardHeader header, std::vector<ColumnSpec> columns);
  ShardWriter(ShardWriter&&) noexcept;
  ShardWriter& operator=(ShardWriter&&) noexcept;
  ~ShardWriter();

  /// Appends an utterance.
  /// @param samples  mono, at the header's rate, full scale 1; may be none
  /// @param codes    one a column, in the constructor's order
  /// @returns what int16 did to the samples; nothing for float32
  /// @throws Error(BadData): an id that was added before or isn't one (check_utterance_id), a
  ///         sample that isn't finite; Error(Usage): number or range of codes
  PcmLoss add(std::string_view id, std::span<const float> samples,
              std::span<const std::int32_t> codes);
  PcmLoss add(std::string_view id, std::span<const std::int16_t> samples,
              std::span<const std::int32_t> codes);

  /// Begins a feature, whose rows follow, one an utterance. Call after the last add().
  /// @throws Error(Usage) as check_feature_spec, or for a name that there is
  void add_feature(FeatureSpec spec);
  /// The next rows of the feature begun last. @param values  [any number, shape…]
  void add_rows(std::span<const Half> values);

  [[nodiscard]] std::uint64_t size() const;        ///< utterances so far
  [[nodiscard]] std::uint64_t size_bytes() const;  ///< of their samples

  /// Writes, flushes to disk and renames. The writer is spent afterwards. Without it, nothing is
  /// left. @throws Error(Environment) if the disk is full or fails; nothing is left then either
  ShardSummary commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// "shard-00042.h5"
[[nodiscard]] std::string shard_file_name(std::uint64_t number);

}  // namespace codectrace::shard
