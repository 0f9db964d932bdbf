#include "model/linear.h"

#include <gtest/gtest.h>

#include "model/autocast.h"
#include "model/onednn.h"

namespace codectrace::model {
namespace {

/// Largest difference, as a share of the largest value wanted.
double distance(const torch::Tensor& found, const torch::Tensor& wanted) {
  return ((found.to(torch::kFloat64) - wanted).abs().max() / wanted.abs().max()).item<double>();
}

struct Case {
  torch::Tensor x, weight, bias;
  explicit Case(std::vector<std::int64_t> shape, std::int64_t out) {
    torch::manual_seed(1);
    x = torch::randn(shape).requires_grad_();
    weight = torch::randn({out, shape.back()}).requires_grad_();
    bias = torch::randn({out}).requires_grad_();
  }
};

/// A module with the case's weights.
Linear module_of(const Case& of) {
  const torch::NoGradGuard no_grad;
  Linear module(of.weight.size(1), of.weight.size(0));
  module->weight.copy_(of.weight);
  module->bias.copy_(of.bias);
  return module;
}

torch::Tensor in_double(const torch::Tensor& tensor) {
  return tensor.detach().to(torch::kFloat64).requires_grad_();
}

TEST(Linear, HasValuesAndGradientsOfTheDefinitionInDouble) {
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{1, 5}, {7, 33}, {2, 3, 64}}) {
    Case is(shape, 10);
    const auto x = in_double(is.x), weight = in_double(is.weight), bias = in_double(is.bias);
    const auto wanted = torch::matmul(x, weight.t()) + bias;
    const auto direction = torch::randn_like(wanted);
    wanted.backward(direction);

    const auto y = linear(is.x, is.weight, is.bias);
    y.backward(direction.to(torch::kFloat32));

    ASSERT_EQ(y.sizes(), wanted.sizes());
    EXPECT_LE(distance(y, wanted), 1e-6);
    EXPECT_LE(distance(is.x.grad(), x.grad()), 1e-6);
    EXPECT_LE(distance(is.weight.grad(), weight.grad()), 1e-6);
    EXPECT_LE(distance(is.bias.grad(), bias.grad()), 1e-6);
  }
}

TEST(Linear, TakesTransposedInputAndGradient) {
  Case is({6, 9}, 4);
  const auto x = is.x.detach().t().contiguous().t().requires_grad_();  // column by column
  const auto wanted = torch::matmul(in_double(x), in_double(is.weight).t()) + is.bias;

  const auto y = linear(x, is.weight, is.bias);
  y.t().contiguous().sum().backward();

  EXPECT_LE(distance(y, wanted), 1e-6);
  EXPECT_LE(distance(x.grad(), in_double(is.weight).sum(0).expand({6, 9})), 1e-6);
}

TEST(Linear, TakesABatchOfNothing) {
  Case is({0, 3, 5}, 4);

  const auto y = linear(is.x, is.weight, is.bias);
  y.sum().backward();

  EXPECT_EQ(y.sizes(), (std::vector<std::int64_t>{0, 3, 4}));
  EXPECT_EQ(is.weight.grad().abs().sum().item<float>(), 0.0F);
}

TEST(Linear, GivesNoGradientToWhatIsFrozen) {
  Case is({3, 5}, 4);
  is.weight.set_requires_grad(false);

  linear(is.x, is.weight, is.bias).sum().backward();

  EXPECT_FALSE(is.weight.grad().defined());
  EXPECT_TRUE(is.x.grad().defined());
  EXPECT_TRUE(is.bias.grad().defined());
}

TEST(Linear, UnderAutocastGivesBfloat16AndWideGradients) {
  Case is({16, 64}, 32);
  const auto x = in_double(is.x), weight = in_double(is.weight);
  const auto wanted = torch::matmul(x, weight.t()) + is.bias;
  wanted.sum().backward();
  torch::Tensor y;
  {
    const AutocastScope autocast(Precision::Bf16, torch::kCPU);
    y = linear(is.x, is.weight, is.bias);
  }
  y.sum().backward();

  EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
  EXPECT_EQ(is.weight.grad().scalar_type(), torch::kFloat32);
  EXPECT_LE(distance(y, wanted), 2e-2);  // 8 bits of mantissa
  EXPECT_LE(distance(is.weight.grad(), weight.grad()), 2e-2);
  EXPECT_LE(distance(is.x.grad(), x.grad()), 2e-2);
}

TEST(Linear, InEvaluationSeesAWeightThatChanged) {
  const torch::NoGradGuard no_grad;
  const Case is({3, 5}, 4);
  auto module = module_of(is);
  module->eval();
  const auto before = module(is.x);

  module->weight.mul_(2);
  module->bias.mul_(2);

  EXPECT_LE(distance(module(is.x), 2 * before.to(torch::kFloat64)), 1e-6);
  module->weight.set_data(is.weight.clone());
  module->bias.set_data(is.bias.clone());
  EXPECT_TRUE(module(is.x).equal(before));
}

TEST(Linear, InEvaluationFollowsTypeAndPrecision) {
  const torch::InferenceMode inference;
  const Case is({3, 64}, 16);
  const torch::Tensor x = is.x.detach();
  auto module = module_of(is);
  module->eval();
  const auto wanted = module(x).to(torch::kFloat64);

  {
    const AutocastScope autocast(Precision::Bf16, torch::kCPU);
    EXPECT_EQ(module(x).scalar_type(), torch::kBFloat16);
    EXPECT_LE(distance(module(x), wanted), 2e-2);
  }
  EXPECT_LE(distance(module(x), wanted), 1e-6);
  module->to(torch::kFloat64);
  EXPECT_LE(distance(module(x.to(torch::kFloat64)), wanted), 1e-6);
}

TEST(Linear, IsOneNumberWithAndWithoutGradient) {
  const Case is({5, 12}, 8);
  auto module = module_of(is);
  module->eval();
  const auto with = module(is.x);

  const torch::NoGradGuard no_grad;

  EXPECT_LE(distance(module(is.x), with.to(torch::kFloat64)), 1e-6);
  EXPECT_LE(
      distance(module(is.x, LinearImpl::Activation::Gelu), torch::gelu(with.to(torch::kFloat64))),
      1e-5);
}

TEST(Linear, WithoutBiasIsTheProductAlone) {
  Case is({2, 3, 64}, 10);
  Linear module(64, 10, LinearImpl::Bias::Without);
  const auto wanted = torch::matmul(in_double(is.x), in_double(module->weight).t());

  ASSERT_EQ(module->parameters().size(), 1U);
  EXPECT_LE(distance(module(is.x), wanted), 1e-6);
  module->eval();
  const torch::NoGradGuard no_grad;
  EXPECT_LE(distance(module(is.x), wanted), 1e-6);
  EXPECT_LE(distance(module(is.x), wanted), 1e-6);  // with what the first call prepared
  const AutocastScope autocast(Precision::Bf16, torch::kCPU);
  EXPECT_LE(distance(module(is.x), wanted), 1e-2);
}

TEST(FeedForward, HasValuesAndGradientsOfTheDefinitionInDouble) {
  const Case one({2, 3, 12}, 20);
  const Case two({1, 20}, 12);
  Linear first = module_of(one), second = module_of(two);
  const auto x = in_double(one.x);
  const auto w1 = in_double(one.weight), b1 = in_double(one.bias);
  const auto w2 = in_double(two.weight), b2 = in_double(two.bias);
  const auto wanted =
      torch::matmul(torch::gelu(torch::matmul(x, w1.t()) + b1), w2.t()) + b2;  // [2, 3, 12]
  const auto direction = torch::randn_like(wanted);
  wanted.backward(direction);

  const auto y = feed_forward(one.x, first, second);
  y.backward(direction.to(torch::kFloat32));

  EXPECT_LE(distance(y, wanted), 1e-6);
  EXPECT_LE(distance(one.x.grad(), x.grad()), 1e-6);
  EXPECT_LE(distance(first->weight.grad(), w1.grad()), 1e-6);
  EXPECT_LE(distance(first->bias.grad(), b1.grad()), 1e-6);
  EXPECT_LE(distance(second->weight.grad(), w2.grad()), 1e-6);
  EXPECT_LE(distance(second->bias.grad(), b2.grad()), 1e-6);
  const torch::NoGradGuard no_grad;
  EXPECT_LE(distance(feed_forward(one.x, first, second), wanted), 1e-6);
}

TEST(OneDnn, TakesFloat32OnThisCpuAndNeverFloat64) {
  EXPECT_EQ(onednn::takes(torch::kCPU, torch::kFloat32), at::hasMKLDNN());
  EXPECT_FALSE(onednn::takes(torch::kCPU, torch::kFloat64));
  EXPECT_FALSE(onednn::takes(torch::kCUDA, torch::kFloat32));
}

}  // namespace
}  // namespace codectrace::model
