#include "evaluate/token_order.h"

#include "core/error.h"

namespace codectrace::evaluate {

LogitsByTokenOrder by_token_order(std::span<const float> logits, std::size_t width) {
  CT_INVARIANT(logits.size() % (2 * width) == 0, "an utterance has logits of both orders");
  LogitsByTokenOrder orders;
  while (!logits.empty()) {
    const auto own = logits.first(width);
    const auto shuffled = logits.subspan(width, width);
    orders.own.insert(orders.own.end(), own.begin(), own.end());
    orders.shuffled.insert(orders.shuffled.end(), shuffled.begin(), shuffled.end());
    logits = logits.subspan(2 * width);
  }
  return orders;
}

}  // namespace codectrace::evaluate
