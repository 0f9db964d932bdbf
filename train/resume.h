#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "train/checkpoint.h"
#include "train/config.h"

namespace codectrace::train {

/// Where a run starts.
struct StartingPoint {
  std::optional<std::filesystem::path> checkpoint;  ///< none: from the beginning
  TrainingState state;                              ///< the checkpoint's
};

/// Decides by config.resume and what is in config.out. A run that was begun from the checkpoint
/// that is named, and has saved since, goes on from its own newest one: the same command again goes
/// on, though that checkpoint is gone by now.
/// @param inputs  what the run is made from, by content: Material::inputs
/// @throws Error(Usage): the run directory belongs to another config or other inputs, says what
///         differs and what to do; or it has checkpoints and was to be started anew.
///         Error(BadData): the checkpoint to go on from is missing or corrupt
[[nodiscard]] StartingPoint starting_point(const Config& config,
                                           const std::map<std::string, std::string>& inputs);

}  // namespace codectrace::train
