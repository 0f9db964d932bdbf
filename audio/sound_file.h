#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace codectrace::audio {

/// libsndfile on a file in memory: the only place that calls it.
class SoundFile {
 public:
  /// @param bytes  of wav, flac, ogg, opus, mp3, aiff, au …; live as long as this
  /// @throws Error(BadData) with libsndfile's own text if it can't be decoded
  explicit SoundFile(std::span<const std::byte> bytes);
  SoundFile(const SoundFile&) = delete;
  SoundFile& operator=(const SoundFile&) = delete;
  ~SoundFile();

  [[nodiscard]] int sample_rate_hz() const;
  [[nodiscard]] int channels() const;
  /// What the header says, not to be believed; negative where it doesn't.
  [[nodiscard]] std::int64_t promised_frames() const;
  /// Its decoder makes 16-bit samples, or fewer bits.
  [[nodiscard]] bool is_int16() const;
  /// Why the file holds less than its header says, as far as the header alone tells; else empty.
  [[nodiscard]] std::string shortfall() const;

  /// Next frames, channels interleaved; fewer than asked for at the end. @returns frames
  /// @throws Error(BadData) where the stream is broken and nothing more can be read
  std::int64_t read(std::span<std::int16_t> interleaved);
  std::int64_t read(std::span<float> interleaved);  ///< full scale 1

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace codectrace::audio
