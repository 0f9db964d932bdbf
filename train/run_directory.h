#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/folder_lock.h"

namespace codectrace::train {

/// What is where in a run directory:
///   config.toml                  as resolved
///   checkpoints/step-00001200/   the newest few, and the best
///   latest, best                 links to two of them
///   metrics.jsonl, tensorboard/  curves
///   lock                         while a process is at work in it
class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path checkpoint(std::uint64_t step) const;
  /// The complete checkpoint of the highest step, whatever the links say.
  [[nodiscard]] std::optional<std::filesystem::path> newest_checkpoint() const;
  /// Takes the directory for this process, made if missing; removes what a killed one left
  /// half-written. One rank's.
  /// @throws Error(Usage) if another process is at work in it, or it is a folder of something else
  [[nodiscard]] std::unique_ptr<FolderLock> claim() const;
  /// After a checkpoint was written, or if a process may have been killed before it did this:
  /// points the links, removes all but the newest `keep_last` and the best. One rank's.
  void tidy(int keep_last, std::optional<std::uint64_t> best_step) const;

 private:
  [[nodiscard]] std::vector<std::uint64_t> steps() const;  // rising
  void check_contents() const;

  std::filesystem::path path_;
};

}  // namespace codectrace::train
