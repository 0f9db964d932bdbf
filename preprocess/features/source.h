#pragma once

#include <filesystem>
#include <memory>

#include <torch/torch.h>

#include "model/frozen_part.h"

namespace codectrace::preprocess {

/// The frozen part of a network, on a device; whatever owns it lives as long.
/// @param path  checkpoint folder or run directory, or a file that holds Whisper's weights: as
///              Hugging Face publishes it, or a SAST Net's
/// @throws Error as model::open_model and model::open_frozen_whisper; Error(Usage) if the network
///         has no frozen part
[[nodiscard]] std::shared_ptr<model::FrozenPart> open_frozen_part(const std::filesystem::path& path,
                                                                  torch::Device device);

}  // namespace codectrace::preprocess
