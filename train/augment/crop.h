#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "core/random.h"

namespace codectrace::train {

/// Which sample of an utterance a crop of `length` begins with: any from 0 to size − length; 0 for
/// an utterance that is no longer.
[[nodiscard]] inline std::size_t random_crop_start(std::size_t size, std::size_t length,
                                                   const CounterRandom& random) {
  return size <= length ? 0 : static_cast<std::size_t>(random.below(size - length + 1, 0));
}

/// Fills `output` from sample `start` on; an utterance that is too short is repeated end to end and
/// cut, as in the reference. An empty one gives zeros.
inline void crop_or_repeat(std::span<const float> utterance, std::size_t start,
                           std::span<float> output) {
  std::ranges::fill(output, 0.0F);
  if (utterance.empty()) return;
  std::size_t from = start % utterance.size();
  for (std::size_t done = 0; done < output.size(); from = 0) {
    const std::size_t count = std::min(utterance.size() - from, output.size() - done);
    std::ranges::copy(utterance.subspan(from, count), output.subspan(done).begin());
    done += count;
  }
}

}  // namespace codectrace::train
