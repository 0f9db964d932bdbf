#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace codectrace::metrics {

/// Sorts by unsigned keys; equal keys keep their order. In time that is linear in the items, at the
/// price of a second array of them.
///
/// Byte by byte from the last: each time items are dealt out to where their byte's begin.
/// @param key_of  item → unsigned integer
template <class Item, class KeyOf>
void radix_sort(std::vector<Item>& items, KeyOf key_of) {
  using Key = decltype(key_of(items.front()));
  static_assert(std::unsigned_integral<Key>);
  constexpr int kByte = std::numeric_limits<unsigned char>::digits;
  constexpr auto kValues = std::size_t{1} << kByte;
  std::vector<Item> dealt(items.size());
  for (int shift = 0; shift < std::numeric_limits<Key>::digits; shift += kByte) {
    const auto byte_of = [&](const Item& item) {
      return static_cast<std::size_t>(key_of(item) >> shift) % kValues;
    };
    std::array<std::size_t, kValues + 1> begins{};
    for (const auto& item : items) ++begins[byte_of(item) + 1];
    for (std::size_t value = 1; value < kValues; ++value) begins[value] += begins[value - 1];
    for (const auto& item : items) dealt[begins[byte_of(item)]++] = item;
    std::swap(items, dealt);
  }
}

}  // namespace codectrace::metrics
