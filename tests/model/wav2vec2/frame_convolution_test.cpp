#include "model/wav2vec2/frame_convolution.h"

#include <gtest/gtest.h>

#include "model/autocast.h"

namespace codectrace::model {
namespace {

/// Largest difference, as a share of the largest value wanted.
double distance(const torch::Tensor& found, const torch::Tensor& wanted) {
  return ((found.to(torch::kFloat64) - wanted).abs().max() / wanted.abs().max()).item<double>();
}

struct Case {
  std::int64_t batch, frames, in, out, kernel, stride;
};

struct Tensors {
  torch::Tensor x, weight, bias;
  explicit Tensors(const Case& is) {
    torch::manual_seed(1);
    x = torch::randn({is.batch, is.frames, is.in}).requires_grad_();
    weight = torch::randn({is.out, is.in, is.kernel}).requires_grad_();
    bias = torch::randn({is.out}).requires_grad_();
  }
  [[nodiscard]] Tensors in_double() const {
    Tensors wide = *this;
    for (auto* each : {&wide.x, &wide.weight, &wide.bias})
      *each = each->detach().to(torch::kFloat64).requires_grad_();
    return wide;
  }
};

torch::Tensor by_conv1d(const Tensors& of, std::int64_t stride) {
  return torch::conv1d(of.x.transpose(1, 2), of.weight, of.bias, stride).transpose(1, 2);
}

TEST(FrameConvolution, HasValuesAndGradientsOfConv1dInDouble) {
  const std::vector<Case> cases{
      {1, 100, 1, 8, 10, 5},  // the first convolution's kernel
      {2, 21, 16, 8, 3, 2},   // odd: the last frame is used
      {2, 22, 16, 8, 3, 2},   // even: it is not
      {3, 9, 16, 8, 2, 2},    // a frame left over
      {1, 3, 16, 8, 3, 2},    // one place
      {2, 12, 5, 7, 4, 1},    // every frame under every tap
      {2, 11, 4, 3, 2, 3},    // frames between places that none sees
  };
  for (const auto& is : cases) {
    SCOPED_TRACE(testing::Message() << is.frames << " frames, kernel " << is.kernel);
    const Tensors narrow(is);
    const auto wide = narrow.in_double();
    const auto wanted = by_conv1d(wide, is.stride);
    const auto direction = torch::randn_like(wanted);
    wanted.backward(direction);

    const auto y = convolve_frames(narrow.x, narrow.weight, narrow.bias, is.stride);
    y.backward(direction.to(torch::kFloat32));

    ASSERT_EQ(y.sizes(), wanted.sizes());
    EXPECT_LE(distance(y, wanted), 1e-6);
    EXPECT_LE(distance(narrow.x.grad(), wide.x.grad()), 1e-6);
    EXPECT_LE(distance(narrow.weight.grad(), wide.weight.grad()), 1e-6);
    EXPECT_LE(distance(narrow.bias.grad(), wide.bias.grad()), 1e-6);
  }
}

TEST(FrameConvolution, TakesFramesAndGradientsThatLieChannelByChannel) {
  const Tensors is({2, 13, 6, 5, 3, 2});
  const auto x = is.x.detach().transpose(1, 2).contiguous().transpose(1, 2).requires_grad_();
  const auto wide = is.in_double();
  by_conv1d(wide, 2).square().sum().backward();

  const auto y = convolve_frames(x, is.weight, is.bias, 2);
  y.transpose(1, 2).contiguous().square().sum().backward();

  EXPECT_LE(distance(x.grad(), wide.x.grad()), 1e-6);
  EXPECT_LE(distance(is.weight.grad(), wide.weight.grad()), 1e-6);
}

TEST(FrameConvolution, GivesNoGradientToWhatIsFrozen) {
  const Tensors is({2, 13, 6, 5, 3, 2});
  is.x.set_requires_grad(false);
  is.bias.set_requires_grad(false);

  convolve_frames(is.x, is.weight, is.bias, 2).sum().backward();

  EXPECT_FALSE(is.x.grad().defined());
  EXPECT_FALSE(is.bias.grad().defined());
  EXPECT_TRUE(is.weight.grad().defined());
}

TEST(FrameConvolution, UnderAutocastGivesBfloat16AndWideGradients) {
  const Tensors is({2, 41, 32, 16, 3, 2});
  const auto wide = is.in_double();
  const auto wanted = by_conv1d(wide, 2);
  wanted.sum().backward();
  torch::Tensor y;
  {
    const AutocastScope autocast(Precision::Bf16, torch::kCPU);
    y = convolve_frames(is.x, is.weight, is.bias, 2);
  }
  y.sum().backward();

  EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
  EXPECT_EQ(is.weight.grad().scalar_type(), torch::kFloat32);
  EXPECT_LE(distance(y, wanted), 2e-2);  // 8 bits of mantissa
  EXPECT_LE(distance(is.weight.grad(), wide.weight.grad()), 2e-2);
  EXPECT_LE(distance(is.x.grad(), wide.x.grad()), 2e-2);
}

TEST(FrameConvolution, RefusesTooFewFramesAndDouble) {
  const auto x = torch::zeros({1, 9, 4});

  EXPECT_EQ(frame_convolution_takes(x, 3), at::hasMKLDNN());
  EXPECT_FALSE(frame_convolution_takes(x.narrow(1, 0, 2), 3));
  EXPECT_FALSE(frame_convolution_takes(x.to(torch::kFloat64), 3));
}

}  // namespace
}  // namespace codectrace::model
