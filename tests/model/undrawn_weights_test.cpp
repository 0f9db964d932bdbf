#include "model/undrawn_weights.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "model/factory.h"
#include "model/weights/load.h"
#include "tests/support/tiny_model.h"

namespace codectrace::model {
namespace {

TEST(UndrawnWeights, LeaveTensorsAndTheGeneratorAsTheyAre) {
  torch::manual_seed(1);
  const auto first = torch::rand({2});
  torch::manual_seed(1);
  auto uniform = torch::full({2}, 7.0F);
  auto normal = torch::full({2}, 7.0F);
  {
    const UndrawnWeights guard;
    uniform.uniform_();
    torch::nn::init::xavier_normal_(normal.unsqueeze_(0));
    const auto network = make_network(test::tiny_model(), test::four_tasks());
    EXPECT_FALSE(state_of(*network).empty());
  }

  EXPECT_TRUE(uniform.eq(7).all().item<bool>());
  EXPECT_TRUE(normal.eq(7).all().item<bool>());
  EXPECT_TRUE(torch::rand({2}).equal(first));
}

TEST(UndrawnWeights, ComputeAsEver) {
  const UndrawnWeights guard;
  auto x = torch::ones({2, 3}, torch::requires_grad());

  const auto y = torch::matmul(x, torch::arange(3, torch::kFloat32)).sum();
  y.backward();

  EXPECT_EQ(y.item<float>(), 6.0F);
  EXPECT_TRUE(x.grad()[1].equal(torch::arange(3, torch::kFloat32)));
}

}  // namespace
}  // namespace codectrace::model
