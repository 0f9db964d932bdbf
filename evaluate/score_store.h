#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace codectrace::evaluate {

/// Utterances of a corpus that were scored together.
struct BatchScores {
  std::vector<std::uint64_t> utterances;  ///< corpus indices
  std::vector<float> logits;              ///< equally many of each, utterance by utterance
};

/// One process's scores, kept on disk as they are made: appended to a part file of its own, each
/// batch as a record with a checksum, so that whatever ends the process costs at most the record
/// it was writing. A part file is never appended to by a later process.
///
/// Record, little-endian: magic "CTSC", number of utterances u32, logits of each u32, CRC-32C of
/// what follows and of both numbers u32, then the utterances u64 and the logits float32.
class ScoreStoreWriter {
 public:
  /// Opens a new part file in `folder`, which exists. @throws Error(Environment)
  explicit ScoreStoreWriter(const std::filesystem::path& folder);
  ScoreStoreWriter(const ScoreStoreWriter&) = delete;
  ScoreStoreWriter& operator=(const ScoreStoreWriter&) = delete;
  ~ScoreStoreWriter();

  /// @throws Error(Environment), e.g. on a full disk
  void append(const BatchScores& scores);

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// What part files hold.
class StoredScores {
 public:
  void add(const BatchScores& batch);
  void count_damage() { ++damaged_; }

  /// An utterance's logits, those added last; empty: it has none. Valid until the next add.
  [[nodiscard]] std::span<const float> of(std::uint64_t utterance) const;
  /// Utterances that have logits.
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  /// Places where a record was damaged.
  [[nodiscard]] std::int64_t damaged() const { return damaged_; }

 private:
  struct Place {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  std::unordered_map<std::uint64_t, Place> places_;  // in logits_
  std::vector<float> logits_;
  std::int64_t damaged_ = 0;
};

/// Everything that part files in `folder` hold, the later part where two have an utterance; a
/// record that is torn or fails its checksum is left out and counted, so its utterances are scored
/// again. No folder: nothing.
[[nodiscard]] StoredScores read_score_store(const std::filesystem::path& folder);

}  // namespace codectrace::evaluate
