#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace codectrace::train {

/// What is where in a run directory:
///   config.toml                  as resolved
///   checkpoints/step-00001200/   the newest few, and the best
///   latest, best                 links to two of them
///   metrics.jsonl, tensorboard/  curves
class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path checkpoint(std::uint64_t step) const;
  /// The complete checkpoint of the highest step, whatever the links say.
  [[nodiscard]] std::optional<std::filesystem::path> newest_checkpoint() const;
  /// After a checkpoint was written: points the links, removes all but the newest `keep_last` and
  /// the best. One rank's.
  void tidy(int keep_last, std::optional<std::uint64_t> best_step) const;

 private:
  [[nodiscard]] std::vector<std::uint64_t> steps() const;  // rising

  std::filesystem::path path_;
};

}  // namespace codectrace::train
