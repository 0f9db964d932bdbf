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

namespace codectrace::shard {

/// What corpus.json says of one shard.
struct ShardSummary {
  std::string file;  ///< name within the corpus
  std::uint64_t utterances = 0;
  std::uint64_t samples = 0;
  std::uint64_t size_bytes = 0;
  std::uint32_t crc32c = 0;  ///< of the whole file
};

/// A finished corpus directory, opened: which utterance lies where. Holds ids in one compact index,
/// no audio; shards are opened by whoever reads from them.
class Corpus {
 public:
  /// @throws Error(BadData): not a corpus, unfinished (no corpus.json: says to run preprocess
  /// again),
  ///         a newer version, a shard missing or of another size
  static Corpus open(const std::filesystem::path& folder);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::vector<ShardSummary>& shards() const { return shards_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< utterances
  [[nodiscard]] std::uint32_t sample_rate_hz() const { return sample_rate_hz_; }
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

 private:
  struct Index;
  std::filesystem::path folder_;
  std::vector<ShardSummary> shards_;
  std::uint64_t size_ = 0;
  std::uint32_t sample_rate_hz_ = 0;
  std::uint32_t checksum_ = 0;
  std::shared_ptr<const Index> index_;
};

}  // namespace codectrace::shard
