#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "core/error.h"

namespace codectrace::model {

static_assert(std::endian::native == std::endian::little, "weight files are little-endian");

/// Bytes of a file as text; they stay where they are.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Takes numbers and pieces off the front of bytes that nobody has checked; nothing is copied.
/// @throws Error(BadData) wherever there are fewer bytes than asked for
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - position_; }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > left())
      throw Error(ErrorKind::BadData, "ends too early; it is truncated or corrupt");
    const auto piece = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += static_cast<std::size_t>(count);
    return piece;
  }
  std::string_view text(std::uint64_t count) { return as_text(take(count)); }

  /// A number as it lies in the file, little-endian.
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number> Number number() {
    Number value;
    std::memcpy(&value, take(sizeof(value)).data(), sizeof(value));
    return value;
  }

  /// Up to the next end of line, which is taken too.
  std::string_view line() {
    const auto rest = as_text(bytes_.subspan(position_));
    const auto end = rest.find('\n');
    return text(end == std::string_view::npos ? std::uint64_t{rest.size()} + 1 : end + 1)
        .substr(0, end);
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

}  // namespace codectrace::model
