#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "audio/file_bytes.h"

namespace codectrace::audio {

/// A decoded file, mixed to mono by averaging its channels.
struct Audio {
  std::uint32_t sample_rate_hz = 0;
  int channels = 0;  ///< of the file
  /// The samples are in `pcm`: they are exactly 16-bit numbers. Else in `samples`.
  bool is_int16 = false;
  std::vector<std::int16_t> pcm;
  std::vector<float> samples;    ///< full scale 1; beyond it, or not finite, where the file is so
  std::uint64_t non_finite = 0;  ///< NaN and infinities among `samples`
  std::string cut_short;         ///< how the file is shorter than its header says; empty if whole

  [[nodiscard]] std::size_t size() const { return is_int16 ? pcm.size() : samples.size(); }
};

/// Audio files → mono samples: wav, flac, ogg, opus, mp3, aiff and whatever else libsndfile reads.
/// Keeps its buffers for the next file. One a thread.
class Decoder {
 public:
  /// @param audio  overwritten; its buffers are used again
  /// @throws Error(BadData) naming the file: missing, a folder, empty, or of no format that is
  ///         known; Error(Environment) on I/O. A file that breaks off is no error: `cut_short`
  void decode(const std::filesystem::path& path, Audio& audio);

  /// The same of a file that is in memory already. @param name  for messages
  void decode(std::span<const std::byte> bytes, const std::string& name, Audio& audio);

  /// The last file that was read, as it is on disk, until the next one; empty if it couldn't be
  /// read.
  [[nodiscard]] std::span<const std::byte> file_bytes() const { return bytes_; }

 private:
  FileBytes file_;
  std::span<const std::byte> bytes_;  // of file_
  std::vector<std::int16_t> pcm_;     // channels interleaved
  std::vector<float> samples_;
};

}  // namespace codectrace::audio
