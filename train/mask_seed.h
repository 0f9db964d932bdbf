#pragma once

#include <cstdint>

#include "core/random.h"

namespace codectrace::train {

/// What decides the parts of an utterance that are hidden in an epoch: the same on any rank, in any
/// micro-batch and on any list.
/// @param utterance  its index in the corpus
[[nodiscard]] constexpr std::uint64_t mask_seed(std::uint64_t seed, std::uint64_t epoch,
                                                std::uint64_t utterance) {
  return CounterRandom(seed, "mask", epoch, utterance).bits(0);
}

}  // namespace codectrace::train
