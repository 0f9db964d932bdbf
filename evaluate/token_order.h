#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace codectrace::evaluate {

/// What decides the order that the tokens of an utterance are permuted to, where that is done as
/// the reference does it: the same on any rank, in any batch and in any list. The reference seeds
/// its generators with 42 and takes what their streams then give.
[[nodiscard]] constexpr std::uint64_t token_order_seed(std::string_view utterance_id) {
  constexpr std::uint64_t kReferenceSeed = 42;
  return CounterRandom(kReferenceSeed, "token order of an utterance", 0, stable_hash(utterance_id))
      .bits(0);
}

/// A list's logits by the order of the tokens that they are of.
struct LogitsByTokenOrder {
  std::vector<float> own;
  std::vector<float> shuffled;
};

/// Takes apart what CorpusScorer gives of an utterance when it scores both.
/// @param logits  entry by entry; the last half of an entry's are of shuffled tokens
/// @param width   of one order
[[nodiscard]] LogitsByTokenOrder by_token_order(std::span<const float> logits, std::size_t width);

}  // namespace codectrace::evaluate
