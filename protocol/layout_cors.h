#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "protocol/audio_name.h"

namespace codectrace::protocol {

/// An id of CoRS, `<speaker>_<sentence>[_<codec>]`, in its parts. Split at the first two
/// underscores, never at a fixed column: speakers are `p225` and `s5`, and codecs hold underscores,
/// dots and hyphens of their own.
struct CorsId {
  std::string_view speaker;
  std::string_view sentence;
  std::string_view codec;  ///< empty: bona fide

  /// Views into `id`. @returns nullopt if it hasn't that form
  static std::optional<CorsId> parse(std::string_view id);
};

/// CoRS on disk: all files, bona fide and coded, in one folder. Reads the folder once and asks
/// nothing of the files themselves; there can be more than a million.
/// @throws Error(BadData) if there is no such folder
[[nodiscard]] AudioFiles find_cors_files(const std::filesystem::path& folder);

}  // namespace codectrace::protocol
