#include "evaluate/id_order.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <span>
#include <string_view>

namespace codectrace::evaluate {
namespace {

constexpr std::size_t kBytes = sizeof(std::uint64_t);

struct Place {
  std::uint64_t bytes = 0;  // of the row's id, those that are looked at
  std::size_t row = 0;
  auto operator<=>(const Place&) const = default;
};

/// Bytes from an offset on as a number that orders as they do; zeros where the id ends.
std::uint64_t bytes_at(std::string_view id, std::size_t offset) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < kBytes; ++i) {
    const auto at = offset + i;
    bytes = (bytes << 8U) | (at < id.size() ? static_cast<unsigned char>(id[at]) : 0U);
  }
  return bytes;
}

/// Sorts rows whose ids agree up to an offset by what follows.
void sort_from(std::size_t offset, std::span<Place> places, const ScoreTable& table) {
  for (auto& place : places) place.bytes = bytes_at(table[place.row].id, offset);
  std::ranges::sort(places);
  for (auto rest = places; !rest.empty();) {
    const auto bytes = rest.front().bytes;
    const auto end = std::ranges::find_if(rest, [&](auto& place) { return place.bytes != bytes; });
    const auto alike = rest.first(static_cast<std::size_t>(end - rest.begin()));
    const bool ended = (bytes & 0xFFU) == 0;
    if (alike.size() > 1 && !ended) sort_from(offset + kBytes, alike, table);
    rest = rest.subspan(alike.size());
  }
}

}  // namespace

std::vector<std::size_t> rows_by_id(const ScoreTable& table) {
  std::vector<Place> places(table.size());
  for (std::size_t row = 0; row < places.size(); ++row) places[row].row = row;
  sort_from(0, places, table);
  std::vector<std::size_t> rows;
  rows.reserve(places.size());
  for (const auto& place : places) rows.push_back(place.row);
  return rows;
}

}  // namespace codectrace::evaluate
