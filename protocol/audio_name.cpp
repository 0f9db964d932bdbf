#include "protocol/audio_name.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/utf8.h"

namespace codectrace::protocol {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_in_any_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

int preference(const AudioFile& file) { return split_audio_name("x" + file.extension).extension; }

}  // namespace

AudioName split_audio_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {name, -1};
  const auto known = std::ranges::find_if(kAudioExtensions, [&](std::string_view extension) {
    return equal_in_any_case(extension, name.substr(dot + 1));
  });
  if (known == kAudioExtensions.end()) return {name, -1};
  return {name.substr(0, dot), static_cast<int>(known - kAudioExtensions.begin())};
}

void AudioFileCollector::add(std::string_view prefix, std::string_view name) {
  const AudioName parts = split_audio_name(name);
  if (parts.extension < 0) return;
  std::string path = std::string(prefix) + std::string(name);
  if (!is_plain_text(path)) {
    found_.unnamed.push_back(std::move(path));
    return;
  }
  std::string extension(name.substr(parts.stem.size()));
  path.resize(path.size() - extension.size());
  found_.files.push_back({std::move(path), std::move(extension)});
}

AudioFiles AudioFileCollector::finish() {
  auto& files = found_.files;
  std::ranges::sort(files, [](const AudioFile& a, const AudioFile& b) {
    const int order = a.id.compare(b.id);
    if (order != 0) return order < 0;
    return std::pair(preference(a), a.extension) < std::pair(preference(b), b.extension);
  });
  const auto [first, last] = std::ranges::unique(files, {}, &AudioFile::id);
  found_.superseded = last - first;
  files.erase(first, last);
  std::ranges::sort(found_.unnamed);
  return std::move(found_);
}

}  // namespace codectrace::protocol
