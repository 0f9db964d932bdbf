#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shard/columns.h"
#include "shard/feature.h"
#include "shard/header.h"
#include "shard/random_access_file.h"

namespace codectrace::shard {

/// Begins the end of messages about corrupt data, which names what to verify.
inline constexpr std::string_view kVerifyHint = "; run \"codectrace shard verify ";

/// Where a dataset's bytes lie in the file.
struct Extent {
  std::string dataset;  ///< "/audio/offsets"
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  std::uint32_t crc32c = 0;  ///< of those bytes; unused for /audio/samples
};

/// A kept feature, and where it lies.
struct Feature {
  FeatureSpec spec;
  std::uint64_t offset = 0;         ///< byte of the first number
  std::vector<std::uint32_t> crcs;  ///< of each utterance's bytes
};

/// A shard, checked when opened: header, sizes against the file's, order and range of offsets, CRCs
/// of offsets, ids and CRCs. Samples, columns and features are checked when read. HDF5's library is
/// used by open() alone; what comes after reads the file directly, so all const members are thread
/// safe. Holds one file descriptor, ids and offsets.
class ShardReader {
 public:
  /// @throws Error(BadData): missing, not a shard, a newer version, truncated, or corrupt; names
  ///         file and dataset or attribute. Error(Environment) on I/O
  static ShardReader open(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }
  [[nodiscard]] const ShardHeader& header() const { return header_; }
  [[nodiscard]] std::uint64_t size() const { return ids_.size(); }  ///< utterances
  [[nodiscard]] std::uint64_t total_samples() const { return offsets_.back(); }
  [[nodiscard]] std::uint64_t file_size_bytes() const { return file_.size(); }

  [[nodiscard]] std::string_view id(std::uint64_t position) const { return ids_[position]; }
  /// Length in samples.
  [[nodiscard]] std::uint64_t samples(std::uint64_t position) const {
    return offsets_[position + 1] - offsets_[position];
  }

  /// Resizes `samples` to the utterance and fills it: float32, full scale 1.
  /// @throws Error(BadData) if check_crc finds it corrupt, naming file, dataset and utterance;
  ///         Error(Environment) on I/O
  void read(std::uint64_t position, std::vector<float>& samples, bool check_crc = true) const;

  [[nodiscard]] const std::vector<ColumnSpec>& columns() const { return columns_; }
  /// @throws Error(Usage) listing the columns there are; Error(Environment) on I/O
  [[nodiscard]] Column read_column(std::string_view name) const;

  [[nodiscard]] const std::vector<Feature>& features() const { return features_; }
  [[nodiscard]] std::vector<FeatureSpec> feature_specs() const;
  /// nullptr: there is none of that name.
  [[nodiscard]] const Feature* feature(std::string_view name) const;
  /// Fills `values`, spec.width() of them, with an utterance's.
  /// @throws Error as read()
  void read_feature(const Feature& feature, std::uint64_t position, std::span<Half> values,
                    bool check_crc = true) const;

 private:
  explicit ShardReader(RandomAccessFile file) : file_(std::move(file)) {}
  friend class ShardOpener;
  // Both return the CRC of what they read, if asked to.
  std::uint32_t read_pcm(std::uint64_t first, std::span<float> samples, bool with_crc) const;
  std::uint32_t read_floats(std::uint64_t first, std::span<float> samples, bool with_crc) const;

  RandomAccessFile file_;
  ShardHeader header_;
  std::uint64_t samples_begin_ = 0;  // byte offset of /audio/samples in the file
  std::vector<std::uint64_t> offsets_;
  std::vector<std::uint32_t> crcs_;
  TextColumn ids_;
  std::vector<ColumnSpec> columns_;
  std::vector<Extent> column_extents_;
  std::vector<Feature> features_;
};

/// The line of corpus.json for a shard that is there already: reads and checks all of it.
/// @throws Error as ShardReader::open
[[nodiscard]] ShardSummary summarize_shard(const std::filesystem::path& path);

}  // namespace codectrace::shard
