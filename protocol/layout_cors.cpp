#include "protocol/layout_cors.h"

#include "protocol/folder.h"

namespace codectrace::protocol {

std::optional<CorsId> CorsId::parse(std::string_view id) {
  const std::size_t first = id.find('_');
  if (first == 0 || first == std::string_view::npos) return std::nullopt;
  CorsId parts{.speaker = id.substr(0, first), .sentence = id.substr(first + 1), .codec = {}};
  const std::size_t second = parts.sentence.find('_');
  if (second != std::string_view::npos) {
    parts.codec = parts.sentence.substr(second + 1);
    parts.sentence = parts.sentence.substr(0, second);
    if (parts.codec.empty()) return std::nullopt;
  }
  if (parts.sentence.empty()) return std::nullopt;
  return parts;
}

AudioFiles find_cors_files(const std::filesystem::path& folder) {
  AudioFileCollector files;
  for_each_entry(folder, [&](const std::filesystem::directory_entry& entry) {
    files.add("", entry.path().filename().native());
  });
  return files.finish();
}

}  // namespace codectrace::protocol
