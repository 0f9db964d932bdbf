#include "preprocess/spot_check.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "audio/file_bytes.h"
#include "core/checksum.h"
#include "core/error.h"

namespace codectrace::preprocess {
namespace {

using Json = nlohmann::ordered_json;

FileMark read_mark(const std::filesystem::path& audio, const std::string& file,
                   audio::FileBytes& reader) {
  try {
    return mark_of(file, reader.read(audio / file));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::BadData) throw;
    return mark_of(file, {});
  }
}

bool has_changed(const FileMark& mark, const std::filesystem::path& audio,
                 audio::FileBytes& reader) {
  std::error_code absent;
  return std::filesystem::exists(audio / mark.file, absent) &&
         read_mark(audio, mark.file, reader) != mark;
}

}  // namespace

bool is_spot_checked(std::size_t index, std::size_t utterances) {
  constexpr std::size_t kMarks = 1024;
  const std::size_t stride = std::max<std::size_t>(1, (utterances + kMarks - 1) / kMarks);
  return index % stride == 0;
}

FileMark mark_of(std::string file, std::span<const std::byte> bytes) {
  return {std::move(file), bytes.size(), crc32c(bytes)};
}

void check_unchanged(const std::vector<FileMark>& marks, const std::filesystem::path& audio,
                     const std::filesystem::path& out) {
  audio::FileBytes reader;
  std::vector<std::string> changed;
  for (const auto& mark : marks) {
    if (has_changed(mark, audio, reader)) changed.push_back(mark.file);
  }
  if (changed.empty()) return;
  throw Error(
      ErrorKind::Usage,
      fmt::format("{} was begun from other audio: {} of {} files that were compared have "
                  "changed in {} since, {} first; give another --out, or remove it",
                  out.string(), changed.size(), marks.size(), audio.string(), changed.front()));
}

Json to_json(const std::vector<FileMark>& marks) {
  Json json = Json::array();
  for (const auto& [file, size_bytes, crc] : marks) {
    json.push_back({{"file", file}, {"size_bytes", size_bytes}, {"crc32c", crc}});
  }
  return json;
}

std::vector<FileMark> marks_from_json(const Json& json) {
  std::vector<FileMark> marks;
  for (const auto& mark : json) {
    marks.push_back({mark.at("file"), mark.at("size_bytes"), mark.at("crc32c")});
  }
  return marks;
}

}  // namespace codectrace::preprocess
