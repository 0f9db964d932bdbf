#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

namespace codectrace::evaluate {

/// The logits of one batch of the list, utterance by utterance.
struct BatchScores {
  std::uint64_t batch = 0;
  std::vector<float> logits;
};

/// One process's scores, kept on disk as they are made: appended to a part file of its own, each
/// batch as a record with a checksum, so that whatever ends the process costs at most the record
/// it was writing. A part file is never appended to by a later process.
///
/// Record, little-endian: magic "CTSR", batch u32, count u32, CRC-32C of batch, count and values
/// u32, then `count` float32 values.
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

struct StoredScores {
  std::map<std::uint64_t, std::vector<float>> batches;  ///< batch → logits
  std::int64_t dropped = 0;                             ///< places where a record was damaged
};

/// Everything that part files in `folder` hold, the later part where two have a batch; a record
/// that is torn or fails its checksum is left out and counted, so its batch is made again. No
/// folder: nothing.
[[nodiscard]] StoredScores read_score_store(const std::filesystem::path& folder);

}  // namespace codectrace::evaluate
