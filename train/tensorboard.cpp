#include "train/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <chrono>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"
#include "core/host_name.h"
#include "core/write_all.h"

namespace codectrace::train {
namespace {

/// Protocol buffers' wire format, as much of it as events need.
class Message {
 public:
  void number(int field, std::uint64_t value) {
    key(field, 0);
    varint(value);
  }
  void real(int field, double value) { fixed(field, 1, std::bit_cast<std::uint64_t>(value), 8); }
  void real(int field, float value) { fixed(field, 5, std::bit_cast<std::uint32_t>(value), 4); }
  void bytes(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    text_ += value;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void key(int field, unsigned wire_type) {
    varint((static_cast<std::uint64_t>(field) << 3) | wire_type);
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>((value & 0x7F) | 0x80);
    text_ += static_cast<char>(value);
  }
  void fixed(int field, unsigned wire_type, std::uint64_t bits, int size) {
    key(field, wire_type);
    for (int i = 0; i < size; ++i) text_ += static_cast<char>((bits >> (8 * i)) & 0xFF);
  }

  std::string text_;
};

// Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
constexpr int kWallTime = 1;
constexpr int kStep = 2;
constexpr int kFileVersion = 3;
constexpr int kSummary = 5;
constexpr int kSessionLog = 7;
constexpr int kSummaryValue = 1;
constexpr int kTag = 1;
constexpr int kSimpleValue = 2;
constexpr int kSessionStatus = 1;
constexpr std::uint64_t kSessionStart = 1;

Message new_event(std::uint64_t step) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  Message event;
  event.real(kWallTime, std::chrono::duration<double>(now).count());
  event.number(kStep, step);
  return event;
}

std::string little_endian(std::uint64_t value, int size) {
  std::string text;
  for (int i = 0; i < size; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
  return text;
}

/// Rotated and shifted, so that the checksum of data that holds checksums stays strong.
std::string masked_crc(std::string_view data) {
  constexpr std::uint32_t kMaskDelta = 0xA282EAD8U;  // of the TFRecord format
  const std::uint32_t crc = crc32c(std::as_bytes(std::span(data)));
  return little_endian(std::rotr(crc, 15) + kMaskDelta, 4);
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& folder, std::uint64_t first_step) {
  make_folders(folder);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  // TensorBoard reads files in the order of their names.
  path_ = folder / fmt::format("events.out.tfevents.{:010d}.{}.{}.{:08d}", seconds, host_name(),
                               ::getpid(), first_step);
  constexpr int kMode = 0666;
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
  if (descriptor_ < 0) throw_errno(fmt::format("open {}", path_.string()));

  Message version = new_event(0);
  version.bytes(kFileVersion, "brain.Event:2");
  write_record(version.text());
  Message session;
  session.number(kSessionStatus, kSessionStart);
  Message start = new_event(first_step);
  start.bytes(kSessionLog, session.text());
  write_record(start.text());
}

EventFile::~EventFile() { ::close(descriptor_); }

void EventFile::add(std::uint64_t step, std::span<const Scalar> scalars) {
  Message summary;
  for (const Scalar& scalar : scalars) {
    Message value;
    value.bytes(kTag, scalar.tag);
    value.real(kSimpleValue, static_cast<float>(scalar.value));
    summary.bytes(kSummaryValue, value.text());
  }
  Message event = new_event(step);
  event.bytes(kSummary, summary.text());
  write_record(event.text());
}

void EventFile::write_record(std::string_view payload) {
  const std::string length = little_endian(payload.size(), 8);
  std::string record = length + masked_crc(length);
  record += payload;
  record += masked_crc(payload);
  write_all(descriptor_, std::as_bytes(std::span(record)), path_);
}

}  // namespace codectrace::train
