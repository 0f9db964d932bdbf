#pragma once

#include <cstddef>

#include "core/random.h"

namespace codectrace::train {

/// Which sample of an utterance a crop of `length` begins with: any from 0 to size − length; 0 for
/// an utterance that is no longer.
[[nodiscard]] inline std::size_t random_crop_start(std::size_t size, std::size_t length,
                                                   const CounterRandom& random) {
  return size <= length ? 0 : static_cast<std::size_t>(random.below(size - length + 1, 0));
}

}  // namespace codectrace::train
