#include "evaluate/token_order.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace codectrace::evaluate {
namespace {

TEST(TokenOrderSeed, IsItsUtterancesAlone) {
  std::set<std::uint64_t> seeds;
  for (int i = 0; i < 1000; ++i) seeds.insert(token_order_seed("p225_" + std::to_string(i)));

  EXPECT_EQ(seeds.size(), 1000U);
  EXPECT_EQ(token_order_seed("p225_1"), token_order_seed(std::string("p225_1")));
}

TEST(LogitsByTokenOrder, AreTakenApartUtteranceByUtterance) {
  const std::vector<float> logits{1, 2, 11, 12, 3, 4, 13, 14};

  const auto orders = by_token_order(logits, 2);

  EXPECT_EQ(orders.own, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(orders.shuffled, (std::vector<float>{11, 12, 13, 14}));
}

}  // namespace
}  // namespace codectrace::evaluate
