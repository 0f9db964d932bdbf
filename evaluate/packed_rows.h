#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace codectrace::evaluate {

/// Numbers and texts one after the other, as bytes that another rank unpacks.
class RowPacker {
 public:
  template <class T>
  void number(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes += value;
  }

  std::string bytes;
};

/// Reads what a RowPacker of this program packed, in the same order.
class RowReader {
 public:
  /// @param bytes  live as long as the reader and its texts
  explicit RowReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  template <class T>
  [[nodiscard]] T number() {
    T value;
    std::memcpy(&value, rest_.data(), sizeof(value));
    rest_.remove_prefix(sizeof(value));
    return value;
  }
  [[nodiscard]] std::string_view text() {
    const auto size = number<std::uint32_t>();
    const auto value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }

 private:
  std::string_view rest_;
};

}  // namespace codectrace::evaluate
