#include "model/weights/load.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace codectrace::model {
namespace {

TEST(LoadState, CopiesByNameInAnyOrderAndConvertsTypes) {
  torch::nn::Linear linear(2, 3);
  const auto weight = torch::randn({3, 2}, torch::kFloat64);

  load_state(*linear, {{"bias", torch::ones({3}, torch::kBFloat16)}, {"weight", weight}}, "x");

  EXPECT_TRUE(linear->weight.equal(weight.to(torch::kFloat32)));
  EXPECT_TRUE(linear->bias.equal(torch::ones({3})));
  EXPECT_TRUE(linear->weight.requires_grad());
}

TEST(LoadState, ListsEverythingThatDoesntFitAndChangesNothing) {
  torch::nn::BatchNorm1d norm(3);

  test::expect_error(
      ErrorKind::BadData,
      [&] {
        load_state(*norm,
                   {{"weight", torch::zeros({4})},
                    {"bias", torch::zeros({3})},
                    {"running_mean", torch::zeros({3})},
                    {"num_batches_tracked", torch::zeros({}, torch::kInt64)},
                    {"head.weight", torch::zeros({1})}},
                   "a.safetensors");
      },
      "a.safetensors doesn't fit", "1 missing: running_var", "weight is [4], must be [3]",
      "1 unexpected: head.weight");
  EXPECT_TRUE(norm->weight.equal(torch::ones({3})));
}

TEST(LoadState, ShowsTheFirstDozenOfManyNamesAndCountsThem) {
  torch::nn::Linear linear(2, 3);
  std::vector<NamedTensor> weights;
  for (int i = 10; i < 60; ++i) weights.push_back({fmt::format("w{}", i), torch::zeros({1})});

  test::expect_error(
      ErrorKind::BadData, [&] { load_state(*linear, weights, "x"); },
      "2 missing: ", "50 unexpected: w10", "w21, …");
}

TEST(StateOf, SeesTheModulesOwnMemory) {
  torch::nn::Linear linear(2, 3);
  const torch::NoGradGuard no_grad;

  for (auto [name, tensor] : state_of(*linear)) tensor.zero_();

  EXPECT_EQ(linear->weight.abs().sum().item<float>(), 0.0F);
}

}  // namespace
}  // namespace codectrace::model
