#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/folder_lock.h"
#include "preprocess/config.h"
#include "preprocess/identity.h"
#include "preprocess/spot_check.h"
#include "preprocess/tally.h"
#include "shard/header.h"

namespace codectrace::preprocess {

/// What became of one shard.
struct ShardOutcome {
  shard::ShardSummary summary;
  Tally tally;
  std::vector<FileMark> marks;  ///< of its files that are spot-checked
};

/// The corpus directory while it is being made:
///
///   preprocess.json             what it is made from, written first
///   shard-00000.h5 …            each complete or not there
///   unfinished/shard-00000.json its outcome; a shard without one is made again
///   preprocess-report.json      written when all shards are there
///   spot-checks.json            marks of some of its audio files, likewise
///   corpus.json                 written last; unfinished/ goes after it
class OutputFolder {
 public:
  explicit OutputFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes the folder or takes up what an earlier run left; removes its temporary files. One
  /// process at a time: holds a lock until the end.
  /// @throws Error(Usage): begun from something else (says what differs; while it is unfinished, a
  ///         policy may differ for what no file had so far), or from another audio folder unless
  ///         config.audio_moved; holds other files, or another process is at work in it
  void open(const Identity& identity, const Config& config);
  /// Notes what the corpus is made from, after everything about it was checked.
  void note_origin(const Identity& identity, const Config& config) const;

  [[nodiscard]] bool is_finished() const;
  [[nodiscard]] std::filesystem::path report_path() const;
  [[nodiscard]] std::filesystem::path shard_path(std::uint64_t number) const;
  /// Shards of 0 … count − 1 that have to be made.
  [[nodiscard]] std::vector<std::uint64_t> missing_shards(std::uint64_t count) const;

  /// Notes a shard as done; its file must be there.
  void write_outcome(std::uint64_t number, const ShardOutcome& outcome) const;
  /// @throws Error(BadData) if it isn't one
  [[nodiscard]] ShardOutcome read_outcome(std::uint64_t number) const;

  /// Of the finished corpus, or of the shards that are done.
  [[nodiscard]] std::vector<FileMark> marks() const;

  void write_report(const std::string& text) const;
  void write_marks(const std::vector<FileMark>& marks) const;
  /// Writes corpus.json. @throws Error as shard::finish_corpus
  void finish(const std::vector<shard::ShardSummary>& shards) const;
  /// Removes what only an unfinished corpus needs.
  void clean_up() const;

 private:
  [[nodiscard]] std::filesystem::path outcome_path(std::uint64_t number) const;
  [[nodiscard]] std::vector<ShardOutcome> outcomes() const;
  void check_contents() const;
  void check_origin(const Identity& identity, const Config& config) const;
  void remove_temporaries() const;

  std::filesystem::path folder_;
  std::shared_ptr<const FolderLock> lock_;  // the last copy lets go of it
};

}  // namespace codectrace::preprocess
