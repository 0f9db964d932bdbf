#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "shard/corpus_file.h"
#include "shard/feature.h"

namespace codectrace::preprocess {

/// A corpus and the shards that are to take the place of its own:
///
///   shard-00000.h5 … corpus.json            as before, until all are there
///   unfinished-features/shard-00000.h5 …    each complete or not there
class Staging {
 public:
  /// @throws Error as shard::read_corpus_file
  Staging(std::filesystem::path corpus, shard::FeatureSpec feature);

  /// Removes what killed writers left half-written. Only for who has the corpus to itself.
  void tidy() const;
  /// Makes, removes the folder of shards that are to come.
  void make() const;
  void remove() const;
  [[nodiscard]] std::uint64_t size() const { return corpus_.shards.size(); }
  [[nodiscard]] std::uint64_t utterances(std::uint64_t number) const {
    return corpus_.shards[number].utterances;
  }
  /// Shards that have the feature neither in their place nor here.
  [[nodiscard]] std::vector<std::uint64_t> missing() const;
  /// Was the corpus's own list written for shards that have the feature?
  [[nodiscard]] bool is_finished() const;

  [[nodiscard]] std::filesystem::path shard_path(std::uint64_t number) const;
  [[nodiscard]] std::filesystem::path staged_path(std::uint64_t number) const;

  /// Moves the shards to their place and lists them anew. Begun again after it was cut short, it
  /// goes on.
  void finish() const;

 private:
  [[nodiscard]] bool has_feature(const std::filesystem::path& shard, std::uint64_t number) const;

  std::filesystem::path folder_;
  shard::FeatureSpec feature_;
  shard::CorpusFile corpus_;
};

}  // namespace codectrace::preprocess
