#include "core/suggestion.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace codectrace {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, substituted}));
    }
  }
  return row.back();
}

}  // namespace

std::string suggestion(std::string_view unknown, std::span<const std::string> known) {
  const auto distance = [&](const std::string& name) { return edit_distance(unknown, name); };
  const auto best = std::ranges::min_element(known, {}, distance);
  const std::size_t near = std::max<std::size_t>(2, unknown.size() / 3);
  if (best == known.end() || distance(*best) > near) {
    return fmt::format("; known here: {}", fmt::join(known, ", "));
  }
  return fmt::format("; did you mean {}?", *best);
}

}  // namespace codectrace
