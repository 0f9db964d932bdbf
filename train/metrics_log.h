#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "train/tensorboard.h"

namespace codectrace::train {

/// The run's curves: metrics.jsonl, and TensorBoard event files if asked for. Rank 0's.
///
/// A line of metrics.jsonl: {"kind": "train", "step": 120, "epoch": 3, "time": "2026-…Z", then the
/// numbers by tag}. A number that isn't finite is null. Lines are appended whole and flushed to the
/// system; an incomplete last line, and whatever lies after `resumed_step`, goes when a run
/// resumes.
class MetricsLog {
 public:
  enum class TensorBoard { Off, On };
  /// @param resumed_step  steps that are done: later lines are dropped
  /// @throws Error(Environment) if the run directory can't be written
  MetricsLog(const std::filesystem::path& run_folder, std::uint64_t resumed_step,
             TensorBoard tensorboard);
  MetricsLog(const MetricsLog&) = delete;
  MetricsLog& operator=(const MetricsLog&) = delete;
  ~MetricsLog();

  /// @param kind   "train", "dev", "dev of CORPUS" or "test"; the tags' first part in TensorBoard
  /// @param step   steps done
  void add(std::string_view kind, std::uint64_t step, std::uint64_t epoch,
           const std::vector<Scalar>& scalars);

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::optional<EventFile> events_;
};

}  // namespace codectrace::train
