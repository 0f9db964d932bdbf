#include "protocol/layout_list.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/utf8.h"
#include "protocol/folder.h"
#include "protocol/line_reader.h"

namespace codectrace::protocol {
namespace {

namespace fs = std::filesystem;

class TreeWalk {
 public:
  explicit TreeWalk(AudioFileCollector& files) : files_(files) {}

  void collect(const fs::path& folder, const std::string& prefix) {
    std::error_code unreadable;  // for_each_entry says it better
    const fs::path place = fs::canonical(folder, unreadable);
    if (!unreadable && std::ranges::find(above_, place) != above_.end()) return;  // a link back up
    above_.push_back(place);
    for_each_entry(folder, [&](const fs::directory_entry& entry) {
      const std::string name = entry.path().filename().string();
      std::error_code nowhere;  // a link that leads nowhere is no folder
      // A folder that is called like a file is one to the decoder, which says so.
      if (split_audio_name(name).extension < 0 && entry.is_directory(nowhere)) {
        collect(entry.path(), prefix + name + "/");
      } else {
        files_.add(prefix, name);
      }
    });
    above_.pop_back();
  }

 private:
  AudioFileCollector& files_;
  std::vector<fs::path> above_;  // the folders that lead to the one being read, without links
};

AudioFile listed_file(const LineReader& lines, std::string_view text) {
  if (!is_plain_text(text)) lines.fail(fmt::format("{} has control characters", escaped(text)));
  const fs::path path = fs::path(text).lexically_normal();
  if (path.is_absolute() || *path.begin() == "..") {
    lines.fail(fmt::format("{} isn't below the audio folder; name it relative to --audio", text));
  }
  const std::string name = path.generic_string();
  const AudioName parts = split_audio_name(name);
  if (parts.extension < 0) {
    lines.fail(fmt::format("{} has none of the extensions of audio files", text));
  }
  return {std::string(parts.stem), name.substr(parts.stem.size())};
}

}  // namespace

AudioFiles find_tree_files(const fs::path& folder) {
  AudioFileCollector files;
  TreeWalk(files).collect(folder, "");
  return files.finish();
}

AudioFiles read_file_list(const fs::path& list) {
  const std::string text = read_file(list);
  LineReader lines(text, list.string());
  AudioFiles found;
  std::map<std::string, std::int64_t, std::less<>> seen;
  while (lines.next()) {
    AudioFile file = listed_file(lines, lines.text());
    const auto [first, is_new] = seen.emplace(file.id, lines.number());
    if (!is_new) lines.fail(fmt::format("{} is named in line {} already", file.id, first->second));
    found.files.push_back(std::move(file));
  }
  if (found.files.empty()) {
    throw Error(ErrorKind::BadData, fmt::format("{} names no files", list.string()));
  }
  std::ranges::sort(found.files, {}, &AudioFile::id);
  return found;
}

}  // namespace codectrace::protocol
