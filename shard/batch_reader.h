#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "shard/corpus.h"

namespace codectrace::shard {

enum class OnBadData { Fail, Skip };

struct ReadOptions {
  bool check_crc = true;
  OnBadData on_bad_data = OnBadData::Fail;
};

/// Whole utterances from a corpus, float32 in [-1, 1). Thread safe: threads share the open shards
/// (memory-mapped or pread; HDF5's library itself isn't called after a shard is open).
class UtteranceReader {
 public:
  UtteranceReader(const Corpus& corpus, ReadOptions options);
  ~UtteranceReader();

  /// Resizes `samples` to the utterance. False: it is corrupt and the policy is Skip; warned and
  /// counted. @throws Error(BadData) naming file, dataset, utterance; Error(Environment) on I/O
  [[nodiscard]] bool read(std::uint64_t index, std::vector<float>& samples) const;

  /// Corrupt utterances that were skipped so far.
  [[nodiscard]] std::uint64_t skipped() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace codectrace::shard
