#include "model/aasist/aasist_backend.h"

namespace codectrace::model {
namespace {

torch::nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::array<std::int64_t, 2> kernel,
                              std::array<std::int64_t, 2> padding) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, {kernel[0], kernel[1]}).padding({padding[0], padding[1]}));
}

}  // namespace

ResidualBlockImpl::ResidualBlockImpl(std::int64_t in, std::int64_t out, bool is_first) {
  if (!is_first) bn1_ = register_module("bn1", BatchNorm(in));
  conv1_ = register_module("conv1", convolution(in, out, {2, 3}, {1, 1}));
  bn2_ = register_module("bn2", BatchNorm(out));
  conv2_ = register_module("conv2", convolution(out, out, {2, 3}, {0, 1}));
  if (in != out)
    conv_downsample_ = register_module("conv_downsample", convolution(in, out, {1, 3}, {0, 1}));
}

torch::Tensor ResidualBlockImpl::forward(const torch::Tensor& x) {
  if (bn1_ && is_training()) {
    const torch::NoGradGuard no_grad;  // only its statistics are wanted
    bn1_(x);
  }
  const auto y = conv2_(torch::selu(bn2_(conv1_(x))));
  return y + (conv_downsample_ ? conv_downsample_(x) : x);
}

AasistBackend::AasistBackend(torch::nn::Module& owner, std::int64_t frame_dim,
                             const BackendConfig& config) {
  LL_ = owner.register_module("LL", Linear(frame_dim, config.projection));
  first_bn_ = owner.register_module("first_bn", BatchNorm(1));
  const std::int64_t dim = config.channels.back();
  first_bn1_ = owner.register_module("first_bn1", BatchNorm(dim));

  const auto encoder = owner.register_module("encoder", torch::nn::ModuleList());
  std::int64_t channels = 1;
  for (const int out : config.channels) {
    blocks_.emplace_back(channels, out, blocks_.empty());
    encoder->push_back(torch::nn::ModuleList(blocks_.back()));  // encoder.N.0, as published
    channels = out;
  }
  const auto attention = owner.register_module("attention", std::make_shared<torch::nn::Module>());
  attention_in_ = attention->register_module("0", convolution(dim, 2 * dim, {1, 1}, {0, 0}));
  attention_bn_ = attention->register_module("2", BatchNorm(2 * dim));
  attention_out_ = attention->register_module("3", convolution(2 * dim, dim, {1, 1}, {0, 0}));
}

SharedFeatures AasistBackend::forward(const torch::Tensor& frames) {
  auto x = LL_(frames).transpose(1, 2).unsqueeze(1);  // [B, 1, projection, F]
  x = torch::max_pool2d(x, {kPool, kPool});           // [B, 1, frequency, time]
  x = torch::selu(first_bn_(x));
  for (auto& block : blocks_) x = block(x);  // [B, C, frequency, time]
  x = torch::selu(first_bn1_(x));
  const auto attention = attention_out_(attention_bn_(torch::selu(attention_in_(x))));
  return {x, attention};
}

}  // namespace codectrace::model
