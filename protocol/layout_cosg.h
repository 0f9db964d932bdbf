#pragma once

#include <filesystem>

#include "protocol/audio_name.h"

namespace codectrace::protocol {

/// CoSG on disk: `SYSTEM/utterance.wav`. The id is `SYSTEM/utterance`: names alone repeat between
/// systems. Reads each folder once.
/// @throws Error(BadData) if there is no such folder
[[nodiscard]] AudioFiles find_cosg_files(const std::filesystem::path& folder);

}  // namespace codectrace::protocol
