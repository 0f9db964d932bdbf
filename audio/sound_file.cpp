#include "audio/sound_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "audio/container.h"
#include "core/error.h"

namespace codectrace::audio {
namespace {

/// What libsndfile reads from: the bytes and a position in them.
struct Memory {
  std::span<const std::byte> bytes;
  sf_count_t position = 0;
};

Memory& memory(void* user) { return *static_cast<Memory*>(user); }

sf_count_t length_of(void* user) { return static_cast<sf_count_t>(memory(user).bytes.size()); }

sf_count_t tell(void* user) { return memory(user).position; }

sf_count_t seek(sf_count_t offset, int whence, void* user) {
  auto& at = memory(user).position;
  if (whence == SEEK_CUR) offset += at;
  if (whence == SEEK_END) offset += length_of(user);
  if (offset < 0) return -1;
  return at = offset;
}

sf_count_t read_bytes(void* to, sf_count_t count, void* user) {
  auto& [bytes, at] = memory(user);
  const sf_count_t left = std::max<sf_count_t>(0, static_cast<sf_count_t>(bytes.size()) - at);
  count = std::clamp<sf_count_t>(count, 0, left);
  std::memcpy(to, bytes.data() + at, static_cast<std::size_t>(count));
  at += count;
  return count;
}

sf_count_t write_bytes(const void* /*from*/, sf_count_t /*count*/, void* /*user*/) { return 0; }

}  // namespace

struct SoundFile::Handle {
  explicit Handle(std::span<const std::byte> bytes) : source{bytes} {
    static SF_VIRTUAL_IO io{length_of, seek, read_bytes, write_bytes, tell};
    file = sf_open_virtual(&io, SFM_READ, &info, &source);
    if (file == nullptr) throw Error(ErrorKind::BadData, sf_strerror(nullptr));
    if (info.channels < 1 || info.samplerate < 1) {
      sf_close(file);
      throw Error(ErrorKind::BadData, fmt::format("its header says {} channels at {} Hz",
                                                  info.channels, info.samplerate));
    }
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { sf_close(file); }

  /// @param frames  that were read
  std::int64_t checked(sf_count_t frames) const {
    if (frames == 0 && sf_error(file) != SF_ERR_NO_ERROR) {
      throw Error(ErrorKind::BadData, sf_strerror(file));
    }
    return frames;
  }
  [[nodiscard]] sf_count_t frames_in(std::size_t samples) const {
    return static_cast<sf_count_t>(samples) / info.channels;
  }

  Memory source;
  SF_INFO info{};
  SNDFILE* file = nullptr;
};

SoundFile::SoundFile(std::span<const std::byte> bytes) : handle_(std::make_unique<Handle>(bytes)) {}

SoundFile::~SoundFile() = default;

int SoundFile::sample_rate_hz() const { return handle_->info.samplerate; }

int SoundFile::channels() const { return handle_->info.channels; }

std::int64_t SoundFile::promised_frames() const {
  const sf_count_t frames = handle_->info.frames;
  return frames >= SF_COUNT_MAX ? -1 : frames;
}

bool SoundFile::is_int16() const {
  switch (handle_->info.format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_16:
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
    case SF_FORMAT_IMA_ADPCM:
    case SF_FORMAT_MS_ADPCM:
    case SF_FORMAT_GSM610:
    case SF_FORMAT_ALAC_16:
      return true;
    default:
      return false;
  }
}

std::string SoundFile::shortfall() const {
  if (promised_frames() < 0) return "cut short: its end isn't there";
  const auto samples = find_samples(handle_->source.bytes);
  if (!samples || samples->promised <= samples->present) return {};
  return fmt::format("cut short: {} bytes of samples, its header promises {}", samples->present,
                     samples->promised);
}

std::int64_t SoundFile::read(std::span<std::int16_t> interleaved) {
  return handle_->checked(
      sf_readf_short(handle_->file, interleaved.data(), handle_->frames_in(interleaved.size())));
}

std::int64_t SoundFile::read(std::span<float> interleaved) {
  return handle_->checked(
      sf_readf_float(handle_->file, interleaved.data(), handle_->frames_in(interleaved.size())));
}

}  // namespace codectrace::audio
