#include "protocol/audio_name.h"

#include <algorithm>
#include <tuple>

namespace codectrace::protocol {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_in_any_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

int preference(const AudioFile& file) { return split_audio_name("x" + file.extension).extension; }

/// Bytes of the sequence at the front, or 0 if it is malformed, overlong or a surrogate.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80U) return 1;
  if (lead >= 0xC2U && lead <= 0xDFU && continues(1)) return 2;
  if (lead >= 0xE0U && lead <= 0xEFU && continues(1) && continues(2)) {
    const bool overlong = lead == 0xE0U && byte(1) < 0xA0U;
    const bool surrogate = lead == 0xEDU && byte(1) >= 0xA0U;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead >= 0xF0U && lead <= 0xF4U && continues(1) && continues(2) && continues(3)) {
    const bool overlong = lead == 0xF0U && byte(1) < 0x90U;
    const bool beyond = lead == 0xF4U && byte(1) >= 0x90U;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

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
  if (!is_utf8(name)) {
    found_.unnamed.emplace_back(name);
    return;
  }
  found_.files.push_back(
      {std::string(prefix) + std::string(parts.stem), std::string(name.substr(parts.stem.size()))});
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

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace codectrace::protocol
