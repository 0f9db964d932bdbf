#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "shard/corpus.h"
#include "shard/feature.h"

namespace codectrace::shard {

enum class OnBadData { Fail, Skip };

struct ReadOptions {
  bool check_crc = true;
  OnBadData on_bad_data = OnBadData::Fail;
};

/// Whole utterances from a corpus, float32, full scale 1. Thread safe: threads share the corpus's
/// open shards, and HDF5's library isn't called.
class UtteranceReader {
 public:
  UtteranceReader(const Corpus& corpus, ReadOptions options);
  ~UtteranceReader();

  /// Resizes `samples` to the utterance. False: it is corrupt and the policy is Skip; then it is
  /// warned of and counted once, and not read again. @throws Error(BadData) naming file, dataset,
  /// utterance; Error(Environment) on I/O
  [[nodiscard]] bool read(std::uint64_t index, std::vector<float>& samples) const;

  /// Fills `values` with an utterance's kept feature. False: as above.
  /// @throws Error as above; Error(Usage) if its shard has no such feature of that width
  [[nodiscard]] bool read_feature(std::uint64_t index, std::string_view name,
                                  std::span<Half> values) const;

  /// How many different utterances were corrupt and skipped so far.
  [[nodiscard]] std::uint64_t skipped() const;

  /// Which they are, in ascending order.
  [[nodiscard]] std::vector<std::uint64_t> quarantined() const;

  /// Skips these too from now on, as found corrupt and warned of by another process.
  void quarantine(std::span<const std::uint64_t> indices) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace codectrace::shard
