#include "audio/container.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace codectrace::audio {
namespace {

enum class Order { LittleEndian, BigEndian };

/// How a container is made of chunks: an id, a size, and that many bytes.
struct Layout {
  std::string_view magic;  // at the file's start
  std::size_t first;       // where the chunks begin
  std::size_t id_bytes;
  std::size_t size_bytes;
  Order order;
  std::uint64_t counted;     // bytes of the chunk's own header that its size counts
  std::uint64_t padding;     // chunks begin at multiples of this
  std::string_view samples;  // id of the chunk that holds them
  std::uint64_t before;      // bytes in that chunk before the samples
};

constexpr std::array<Layout, 7> kLayouts{{
    {"RIFF", 12, 4, 4, Order::LittleEndian, 0, 2, "data", 0},
    {"RF64", 12, 4, 4, Order::LittleEndian, 0, 2, "data", 0},
    {"BW64", 12, 4, 4, Order::LittleEndian, 0, 2, "data", 0},
    {"RIFX", 12, 4, 4, Order::BigEndian, 0, 2, "data", 0},
    {"riff", 40, 16, 8, Order::LittleEndian, 24, 8, "data", 0},  // Sony's W64
    {"FORM", 12, 4, 4, Order::BigEndian, 0, 2, "SSND", 8},       // AIFF: offset and block size
    {"caff", 8, 4, 8, Order::BigEndian, 0, 1, "data", 4},        // CAF: number of edits
}};

class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }
  [[nodiscard]] bool has(std::uint64_t at, std::string_view text) const {
    return at + text.size() <= size() &&
           std::memcmp(bytes_.data() + at, text.data(), text.size()) == 0;
  }
  /// nullopt beyond the end.
  [[nodiscard]] std::optional<std::uint64_t> number(std::uint64_t at, std::size_t width,
                                                    Order order) const {
    if (at + width > size()) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t place = order == Order::BigEndian ? i : width - 1 - i;
      value = value << 8 | std::to_integer<std::uint64_t>(bytes_[at + place]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
};

/// Sizes that nobody could mean: 0, and from just below the largest signed number on, which is what
/// programs write that can't go back to the header.
bool is_unknown(std::uint64_t size, std::size_t bytes) {
  return size == 0 || size >= (bytes == 4 ? 0x7FFFF000 : 0x7FFF'FFFF'FFFF'0000);
}

/// Of the chunk of samples. Where 32 bits are too few, RF64 has it in a chunk of its own, which
/// comes first. @returns nullopt if it is unknown
std::optional<std::uint64_t> meant_size(const Layout& layout, std::uint64_t size,
                                        const Bytes& file) {
  constexpr std::uint64_t kInDs64 = 28;  // after the ids and sizes of both and the RIFF size
  constexpr std::uint64_t kElsewhere = 0xFFFFFFFF;
  std::size_t bytes = layout.size_bytes;
  if (size == kElsewhere && file.has(layout.first, "ds64")) {
    bytes = 8;
    size = file.number(kInDs64, bytes, Order::LittleEndian).value_or(0);
  }
  return is_unknown(size, bytes) ? std::nullopt : std::optional(size);
}

SampleChunk chunk_at(std::uint64_t begin, std::uint64_t promised, const Bytes& file) {
  return {promised, file.size() > begin ? file.size() - begin : 0};
}

std::uint64_t without(std::uint64_t bytes, std::uint64_t of_them) {
  return bytes - std::min(bytes, of_them);
}

std::optional<SampleChunk> find_chunk(const Layout& layout, const Bytes& file) {
  const std::uint64_t header = layout.id_bytes + layout.size_bytes;
  for (std::uint64_t at = layout.first; at + header <= file.size();) {
    const auto size = file.number(at + layout.id_bytes, layout.size_bytes, layout.order).value();
    if (file.has(at, layout.samples)) {
      const auto meant = meant_size(layout, size, file);
      if (!meant) return std::nullopt;
      return chunk_at(at + header + layout.before, without(*meant, layout.counted + layout.before),
                      file);
    }
    const std::uint64_t next = at + header + std::min(without(size, layout.counted), file.size());
    at = (next + layout.padding - 1) / layout.padding * layout.padding;
  }
  return std::nullopt;
}

/// AU has no chunks: the header says where the samples begin, and how many bytes they are.
std::optional<SampleChunk> samples_of_au(const Bytes& file, Order order) {
  const auto begin = file.number(4, 4, order);
  const auto size = file.number(8, 4, order);
  if (!begin || !size || is_unknown(*size, 4)) return std::nullopt;
  return chunk_at(*begin, *size, file);
}

}  // namespace

std::optional<SampleChunk> find_samples(std::span<const std::byte> bytes) {
  const Bytes file(bytes);
  if (file.has(0, ".snd")) return samples_of_au(file, Order::BigEndian);
  if (file.has(0, "dns.")) return samples_of_au(file, Order::LittleEndian);
  for (const auto& layout : kLayouts) {
    if (file.has(0, layout.magic)) return find_chunk(layout, file);
  }
  return std::nullopt;
}

}  // namespace codectrace::audio
