#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace codectrace::model {

/// The length rule of every network here, the reference's: fills `input`, a network's, from sample
/// `start` of an utterance on; one that is too short is repeated end to end and cut. An empty one
/// gives zeros. Training crops with other starts; evaluation has 0.
inline void fit_to_length(std::span<const float> utterance, std::size_t start,
                          std::span<float> input) {
  std::ranges::fill(input, 0.0F);
  if (utterance.empty()) return;
  std::size_t from = start % utterance.size();
  for (std::size_t done = 0; done < input.size(); from = 0) {
    const std::size_t count = std::min(utterance.size() - from, input.size() - done);
    std::ranges::copy(utterance.subspan(from, count), input.subspan(done).begin());
    done += count;
  }
}

}  // namespace codectrace::model
