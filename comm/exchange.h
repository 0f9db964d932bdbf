#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "comm/communicator.h"

namespace codectrace::comm {

/// Collective: outgoing[r] goes to rank r; each may have any length. A rank's own isn't copied.
/// Memory beside what goes and comes: a few MiB for each rank.
/// @returns what came from each rank
[[nodiscard]] std::vector<std::string> exchange(Communicator& comm,
                                                std::vector<std::string> outgoing);

/// Collective: the values of all ranks, rank after rank, on each of them.
/// @tparam T  of bytes that can be copied
template <class T>
[[nodiscard]] std::vector<T> gathered_values(Communicator& comm, std::span<const T> mine) {
  constexpr std::size_t kAtOnce = (1 << 20) / sizeof(T);  // of each rank
  const auto sizes = comm.gathered<std::uint64_t>(mine.size());
  std::vector<std::size_t> begins;
  std::size_t total = 0;
  for (const auto size : sizes) {
    begins.push_back(total);
    total += size;
  }
  std::vector<T> all(total);
  const std::size_t most = *std::ranges::max_element(sizes);
  const std::size_t width = std::min(most, kAtOnce);
  const auto bytes = [](std::vector<T>& values) {
    return buffer(std::span(reinterpret_cast<char*>(values.data()), values.size() * sizeof(T)));
  };
  std::vector<T> piece(width);
  std::vector<T> pieces(width * sizes.size());
  for (std::size_t at = 0; at < most; at += width) {
    const auto part = mine.subspan(std::min(at, mine.size()));
    std::ranges::copy(part.first(std::min(width, part.size())), piece.begin());
    comm.all_gather(bytes(piece), bytes(pieces));
    for (std::size_t rank = 0; rank < sizes.size(); ++rank) {
      if (at >= sizes[rank]) continue;
      std::copy_n(pieces.begin() + static_cast<std::ptrdiff_t>(rank * width),
                  std::min<std::size_t>(width, sizes[rank] - at),
                  all.begin() + static_cast<std::ptrdiff_t>(begins[rank] + at));
    }
  }
  return all;
}

}  // namespace codectrace::comm
