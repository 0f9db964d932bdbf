#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace codectrace::protocol {

/// What audio files end in, as position in this table; of two files of one utterance the one that
/// comes first here is taken (the reference, too, looks for flac before wav).
inline constexpr std::array<std::string_view, 11> kAudioExtensions{
    "flac", "wav", "ogg", "opus", "oga", "mp3", "aiff", "aif", "au", "w64", "caf"};

/// A file name in two.
struct AudioName {
  std::string_view stem;
  int extension = -1;  ///< position in kAudioExtensions; −1: it has none of them, all is stem
};

/// Takes off a known extension, in any case of letters. Only a known one: codec names hold dots,
/// `p225_001_SemantiCodec_1.40kbps_16k`.
[[nodiscard]] AudioName split_audio_name(std::string_view name);

/// An audio file of a data set, by the id of its utterance.
struct AudioFile {
  std::string id;
  std::string extension;  ///< as spelt on disk, with its dot; the path is folder / (id + extension)
};

/// What a layout found under a folder.
struct AudioFiles {
  std::vector<AudioFile> files;      ///< by id, each once
  std::int64_t superseded = 0;       ///< files left out: another extension of theirs comes first
  std::vector<std::string> unnamed;  ///< files left out: their path can't be an id
};

/// Gathers names as a folder hands them out, in any order.
class AudioFileCollector {
 public:
  /// Ignores what has no known extension, and sets apart what isn't UTF-8 or holds control
  /// characters: such an id could stand in no list. @param prefix  of the id: "SYSTEM/"
  void add(std::string_view prefix, std::string_view name);
  [[nodiscard]] AudioFiles finish();

 private:
  AudioFiles found_;
};

}  // namespace codectrace::protocol
