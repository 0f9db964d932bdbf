#pragma once

#include <filesystem>

#include "protocol/audio_name.h"

namespace codectrace::protocol {

/// Any tree of audio files: everything with a known extension below the folder. The id is the path
/// relative to it, without the extension. Links to folders are followed, but not back up.
/// @throws Error(BadData) if there is no such folder
[[nodiscard]] AudioFiles find_tree_files(const std::filesystem::path& folder);

/// The files that a text file names, one path a line, relative to the folder that will be given as
/// --audio. Blanks within a path are part of it; blank lines are ignored. Nothing is looked up.
/// @throws Error(BadData) naming file and line: no known extension, not UTF-8, control characters,
/// a path that leaves
///         the folder, an id named twice; or an empty list
[[nodiscard]] AudioFiles read_file_list(const std::filesystem::path& list);

}  // namespace codectrace::protocol
