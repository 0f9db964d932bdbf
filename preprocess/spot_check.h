#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace codectrace::preprocess {

/// An audio file as it was when a shard was made of it.
struct FileMark {
  std::string file;              ///< relative to the audio folder
  std::uint64_t size_bytes = 0;  ///< 0: missing, empty or unreadable
  std::uint32_t crc32c = 0;

  bool operator==(const FileMark&) const = default;
};

/// Is the corpus's utterance at `index` one whose file is marked? About a thousand are, spread
/// evenly: enough to know another data set by, and read again within a second or two, where looking
/// at each of a million files takes minutes on a network file system.
[[nodiscard]] bool is_spot_checked(std::size_t index, std::size_t utterances);

[[nodiscard]] FileMark mark_of(std::string file, std::span<const std::byte> bytes);

/// Reads the marked files again. One that isn't there any more counts as unchanged: nothing can be
/// taken from it.
/// @throws Error(Usage) naming the first file that has changed and `out`, which was made of it
void check_unchanged(const std::vector<FileMark>& marks, const std::filesystem::path& audio,
                     const std::filesystem::path& out);

[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<FileMark>& marks);
/// @throws nlohmann's exceptions for anything but what to_json made
[[nodiscard]] std::vector<FileMark> marks_from_json(const nlohmann::ordered_json& json);

}  // namespace codectrace::preprocess
