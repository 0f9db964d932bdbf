#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "train/checkpoint.h"
#include "train/config.h"

namespace codectrace::train {

/// Where a run starts.
struct StartingPoint {
  std::optional<std::filesystem::path> checkpoint;  ///< none: from the beginning
  TrainingState state;                              ///< the checkpoint's
};

/// Decides by config.resume and what is in config.out.
/// @throws Error(Usage): the run directory belongs to another config or corpus, says what differs
///         and what to do; or it has checkpoints and was to be started anew. Error(BadData): the
///         checkpoint to go on from is missing or corrupt
[[nodiscard]] StartingPoint starting_point(const Config& config, std::uint32_t corpus_checksum);

}  // namespace codectrace::train
