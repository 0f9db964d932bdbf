#pragma once

#include <filesystem>

#include "comm/communicator.h"
#include "core/error.h"

namespace codectrace::preprocess {

struct FeaturesConfig {
  std::filesystem::path corpus;  ///< finished
  std::filesystem::path
      checkpoint;  ///< checkpoint folder, run directory, or file with Whisper's weights
};

/// Keeps in a corpus what the frozen part of a checkpoint's network gives for each utterance, on a
/// GPU where there is one. Collective. @throws Error as open_frozen_part and add_features;
/// Error(Usage) if a path isn't given
ExitCode run(const FeaturesConfig& config, comm::Communicator& comm);

}  // namespace codectrace::preprocess
