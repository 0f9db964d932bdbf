#include "core/checksum.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace codectrace {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // Castagnoli, bit-reflected

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1U) != 0 ? kPolynomial : 0U);
    table[i] = value;
  }
  return table;
}
constexpr auto kTable = make_table();

std::uint32_t by_table(std::span<const std::byte> bytes, std::uint32_t crc) {
  for (const std::byte byte : bytes) {
    crc = kTable[(crc ^ static_cast<std::uint32_t>(byte)) & 0xFFU] ^ (crc >> 8);
  }
  return crc;
}

#if defined(__x86_64__)
// The instruction takes three cycles but one can begin in each: three lanes of a block go side by
// side and are joined, a lane's register moved on over the bytes that follow it.
constexpr std::size_t kLane = 1024;  // bytes

/// What a lane of zero bytes makes of a register, for each value of each of its four bytes.
constexpr auto make_lane_shift() {
  std::array<std::array<std::uint32_t, 256>, 4> shift{};
  for (unsigned bit = 0; bit < 32; ++bit) {
    std::uint32_t value = 1U << bit;
    for (std::size_t i = 0; i < kLane; ++i) value = kTable[value & 0xFFU] ^ (value >> 8);
    for (unsigned byte = 0; byte < 256; ++byte) {
      if ((byte >> (bit % 8) & 1U) != 0) shift[bit / 8][byte] ^= value;
    }
  }
  return shift;
}
constexpr auto kLaneShift = make_lane_shift();

std::uint32_t over_a_lane(std::uint32_t crc) {
  return kLaneShift[0][crc & 0xFFU] ^ kLaneShift[1][crc >> 8 & 0xFFU] ^
         kLaneShift[2][crc >> 16 & 0xFFU] ^ kLaneShift[3][crc >> 24];
}

std::uint64_t word_at(const std::byte* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

__attribute__((target("sse4.2"))) std::uint32_t by_three_lanes(const std::byte* bytes,
                                                               std::uint32_t crc) {
  std::uint64_t first = crc;
  std::uint64_t second = 0;
  std::uint64_t third = 0;
  for (std::size_t i = 0; i < kLane; i += sizeof(std::uint64_t)) {
    first = _mm_crc32_u64(first, word_at(bytes + i));
    second = _mm_crc32_u64(second, word_at(bytes + kLane + i));
    third = _mm_crc32_u64(third, word_at(bytes + 2 * kLane + i));
  }
  const auto two =
      over_a_lane(static_cast<std::uint32_t>(first)) ^ static_cast<std::uint32_t>(second);
  return over_a_lane(two) ^ static_cast<std::uint32_t>(third);
}

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::span<const std::byte> bytes,
                                                               std::uint32_t crc) {
  for (; bytes.size() >= 3 * kLane; bytes = bytes.subspan(3 * kLane)) {
    crc = by_three_lanes(bytes.data(), crc);
  }
  std::uint64_t wide = crc;
  for (; bytes.size() >= sizeof(wide); bytes = bytes.subspan(sizeof(wide))) {
    wide = _mm_crc32_u64(wide, word_at(bytes.data()));
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  for (const std::byte byte : bytes)
    narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(byte));
  return narrow;
}
const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
#endif

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  if (has_instruction) return ~by_instruction(bytes, ~crc);
#endif
  return ~by_table(bytes, ~crc);
}

std::string crc_text(std::uint32_t crc) { return fmt::format("{:08x}", crc); }

std::uint32_t crc32c_of_file(const std::filesystem::path& path) {
  constexpr std::size_t kPiece = 1 << 20;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw_errno(fmt::format("open {}", path.string()));
  std::vector<char> piece(kPiece);
  std::uint32_t crc = 0;
  do {
    file.read(piece.data(), kPiece);
    crc =
        crc32c(std::as_bytes(std::span(piece).first(static_cast<std::size_t>(file.gcount()))), crc);
  } while (file);
  if (file.bad()) throw_errno(fmt::format("read {}", path.string()));
  return crc;
}

}  // namespace codectrace
