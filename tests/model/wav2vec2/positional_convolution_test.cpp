#include "model/wav2vec2/positional_convolution.h"

#include <gtest/gtest.h>

#include "model/autocast.h"

namespace codectrace::model {
namespace {

constexpr std::int64_t kDim = 12;
constexpr std::int64_t kGroups = 3;

/// What fairseq's layers give, in double, from the module's own parameters.
torch::Tensor by_definition(const torch::nn::Module& of, const torch::Tensor& x,
                            std::int64_t kernel) {
  const auto parameters = of.named_parameters();
  const auto wide = [&](const char* name) { return parameters[name].to(torch::kFloat64); };
  const auto weight =
      wide("weight_v") *
      (wide("weight_g") / wide("weight_v").norm(2, torch::IntArrayRef({0, 1}), true));
  const auto y = torch::conv1d(x.to(torch::kFloat64).transpose(1, 2), weight, wide("bias"), 1,
                               kernel / 2, 1, kGroups);
  return torch::gelu(y.narrow(2, 0, x.size(1))).transpose(1, 2);
}

/// Largest difference, as a share of the largest value wanted.
double distance(const torch::Tensor& found, const torch::Tensor& wanted) {
  return ((found.to(torch::kFloat64) - wanted).abs().max() / wanted.abs().max()).item<double>();
}

PositionalConvolution made(std::int64_t kernel) {
  torch::manual_seed(kernel);
  PositionalConvolution layer(kDim, kernel, kGroups);
  const torch::NoGradGuard no_grad;
  for (auto& parameter : layer->parameters()) parameter.add_(torch::randn_like(parameter), 0.1);
  return layer;
}

/// Short kernels, and long ones that go through their spectrum: windows even and odd, one and many,
/// inputs shorter than the kernel.
TEST(PositionalConvolution, HasValuesAndGradientsOfItsDefinitionInDouble) {
  for (const std::int64_t kernel : {1, 4, 7, 64, 65, 128}) {
    for (const std::int64_t frames : {1, 2, 40, 64, 129, 201, 500}) {
      if (kernel % 2 == 1 && frames + 2 * (kernel / 2) < kernel) continue;
      SCOPED_TRACE(testing::Message() << "kernel " << kernel << ", " << frames << " frames");
      auto layer = made(kernel);
      const auto x = torch::randn({2, frames, kDim}).requires_grad_();
      const auto direction = torch::randn({2, frames, kDim});
      auto inputs = layer->parameters();
      inputs.push_back(x);
      const auto wanted = by_definition(*layer, x, kernel);
      const auto gradients_wanted = torch::autograd::grad({wanted}, inputs, {direction});

      const auto y = layer->forward(x);
      const auto gradients = torch::autograd::grad({y}, inputs, {direction});

      ASSERT_EQ(y.sizes(), wanted.sizes());
      EXPECT_LT(distance(y, wanted), 1e-5);
      {
        const torch::NoGradGuard no_grad;
        EXPECT_LT(distance(layer->forward(x), wanted), 1e-5);
      }
      for (std::size_t i = 0; i < inputs.size(); ++i)
        EXPECT_LT(distance(gradients[i], gradients_wanted[i].to(torch::kFloat64)), 1e-4) << i;
    }
  }
}

TEST(PositionalConvolution, ComputesInDoubleAsWell) {
  auto layer = made(128);
  layer->eval();
  const torch::NoGradGuard no_grad;
  const auto x = torch::randn({1, 201, kDim}, torch::kFloat64);
  (void)layer->forward(x.to(torch::kFloat32));  // what it keeps of this is no use in double
  layer->to(torch::kFloat64);
  EXPECT_LT(distance(layer->forward(x), by_definition(*layer, x, 128)), 1e-13);
}

/// Autocast asks for bfloat16's type, and has float32's accuracy but for rounding in and out.
TEST(PositionalConvolution, RoundsOnlyItsResultUnderAutocast) {
  auto layer = made(128);
  layer->eval();
  const torch::NoGradGuard no_grad;
  const AutocastScope autocast(Precision::Bf16, torch::kCPU);
  const auto x = torch::randn({1, 201, kDim}).to(torch::kBFloat16);
  const auto y = layer->forward(x);
  EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
  EXPECT_LT(distance(y, by_definition(*layer, x, 128)), 0.01);
}

/// In evaluation the weight is kept, whatever the number of frames and however often eval() is
/// said; a step of an optimiser or a load must show all the same.
TEST(PositionalConvolution, FollowsItsParametersInEvaluation) {
  for (const std::int64_t kernel : {4, 128}) {
    auto layer = made(kernel);
    const auto x = torch::randn({1, 201, kDim});
    const torch::NoGradGuard no_grad;
    for (int round = 0; round < 2; ++round) {
      layer->eval();
      EXPECT_LT(distance(layer->forward(x), by_definition(*layer, x, kernel)), 1e-5);
      const auto fewer = x.narrow(1, 0, 100);
      EXPECT_LT(distance(layer->forward(fewer), by_definition(*layer, fewer, kernel)), 1e-5);
      for (auto& parameter : layer->parameters()) parameter.mul_(1.5);
      EXPECT_LT(distance(layer->forward(x), by_definition(*layer, x, kernel)), 1e-5);
    }
  }
}

}  // namespace
}  // namespace codectrace::model
