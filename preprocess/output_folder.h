#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "preprocess/identity.h"
#include "preprocess/tally.h"
#include "shard/header.h"

namespace codectrace::preprocess {

/// What became of one shard.
struct ShardOutcome {
  shard::ShardSummary summary;
  Tally tally;
};

/// The corpus directory while it is being made:
///
///   preprocess.json             what it is made from, written first
///   shard-00000.h5 …            each complete or not there
///   unfinished/shard-00000.json its outcome; a shard without one is made again
///   preprocess-report.json      written when all shards are there
///   corpus.json                 written last; unfinished/ goes after it
class OutputFolder {
 public:
  explicit OutputFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes the folder or takes up what an earlier run left; removes its temporary files. One
  /// process at a time: holds a lock until the end.
  /// @throws Error(Usage): begun from something else (says what differs), holds other files, or
  ///         another process is at work in it
  void open(const Identity& identity, const std::string& resolved_config);

  [[nodiscard]] bool is_finished() const;
  [[nodiscard]] std::filesystem::path shard_path(std::uint64_t number) const;
  /// Shards of 0 … count − 1 that have to be made.
  [[nodiscard]] std::vector<std::uint64_t> missing_shards(std::uint64_t count) const;

  /// Notes a shard as done; its file must be there.
  void write_outcome(std::uint64_t number, const ShardOutcome& outcome) const;
  /// @throws Error(BadData) if it isn't one
  [[nodiscard]] ShardOutcome read_outcome(std::uint64_t number) const;

  void write_report(const std::string& text) const;
  /// Writes corpus.json. @throws Error as shard::finish_corpus
  void finish(const std::vector<shard::ShardSummary>& shards) const;
  /// Removes what only an unfinished corpus needs.
  void clean_up() const;

 private:
  [[nodiscard]] std::filesystem::path outcome_path(std::uint64_t number) const;
  void lock();
  void check_contents() const;
  void remove_temporaries() const;

  std::filesystem::path folder_;
  std::shared_ptr<const void> lock_;  // the last copy lets go of it
};

}  // namespace codectrace::preprocess
