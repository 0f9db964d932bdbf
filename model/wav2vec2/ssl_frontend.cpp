#include "model/wav2vec2/ssl_frontend.h"

#include <array>
#include <cmath>

#include "model/wav2vec2/conv_layer.h"

namespace codectrace::model {
namespace {

torch::nn::LayerNorm layer_norm(std::int64_t dim) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}));
}

/// encoder.pos_conv.0: grouped convolution, its weight normalised over each tap (dimension 2); an
/// even kernel's surplus last frame is dropped; GELU.
class PositionalConvolutionImpl : public torch::nn::Module {
 public:
  PositionalConvolutionImpl(std::int64_t dim, std::int64_t kernel, std::int64_t groups)
      : kernel_(kernel), groups_(groups) {
    const double stddev = std::sqrt(4.0 / static_cast<double>(kernel * dim));
    bias_ = register_parameter("bias", torch::zeros({dim}));
    const auto v = torch::empty({dim, dim / groups, kernel}).normal_(0.0, stddev);
    weight_g_ = register_parameter("weight_g", v.norm(2, {0, 1}, true));
    weight_v_ = register_parameter("weight_v", v);
  }

  /// [B, F, D] → [B, F, D]
  torch::Tensor forward(const torch::Tensor& x) {
    const auto y = torch::conv1d(x.transpose(1, 2), weight(), bias_, 1, kernel_ / 2, 1, groups_);
    return torch::gelu(y.narrow(2, 0, x.size(1))).transpose(1, 2);
  }

  void train(bool on = true) override {
    Module::train(on);
    kept_ = {};
  }

 private:
  torch::Tensor normalised_weight() const {
    return weight_v_ * (weight_g_ / weight_v_.norm(2, {0, 1}, true));
  }

  /// In evaluation made once, until the parameters change.
  torch::Tensor weight() {
    if (is_training() || torch::GradMode::is_enabled() || weight_v_.is_inference())
      return normalised_weight();
    const std::array<std::int64_t, 2> versions{weight_g_._version(), weight_v_._version()};
    if (!kept_.weight.defined() || kept_.versions != versions ||
        kept_.source.data_ptr() != weight_v_.data_ptr()) {
      kept_ = {weight_v_.detach(), versions, normalised_weight()};
    }
    return kept_.weight;
  }

  struct Kept {
    torch::Tensor source;  // held, so that its memory doesn't become another's
    std::array<std::int64_t, 2> versions{};
    torch::Tensor weight;
  };
  std::int64_t kernel_;
  std::int64_t groups_;
  torch::Tensor bias_, weight_g_, weight_v_;
  Kept kept_;
};
TORCH_MODULE(PositionalConvolution);

}  // namespace

SslFrontendImpl::SslFrontendImpl(const EncoderConfig& config) : config_(config) {
  const auto extractor =
      register_module("feature_extractor", std::make_shared<torch::nn::Module>());
  extractor->register_module("conv_layers", conv_layers_);
  std::int64_t channels = 1;
  for (std::size_t i = 0; i < config.conv_dims.size(); ++i) {
    conv_layers_->push_back(ConvLayer(config, channels, i));
    channels = config.conv_output(i);
  }
  layer_norm_ = register_module("layer_norm", layer_norm(channels));
  post_extract_proj_ = register_module("post_extract_proj", Linear(channels, config.dim));
  dropout_input_ = register_module("dropout_input", torch::nn::Dropout(config.dropout_input));

  const auto encoder = register_module("encoder", std::make_shared<torch::nn::Module>());
  if (config.layers > 0) {
    PositionalConvolution positional(config.dim, config.pos_conv_kernel, config.pos_conv_groups);
    const auto wrapper =
        encoder->register_module("pos_conv", std::make_shared<torch::nn::Module>());
    wrapper->register_module("0", positional.ptr());
    pos_conv_ = torch::nn::AnyModule(positional.ptr());
  }
  encoder->register_module("layers", layers_);
  for (int i = 0; i < config.layers; ++i) layers_->push_back(EncoderBlock(config));
  encoder_layer_norm_ = encoder->register_module("layer_norm", layer_norm(config.dim));
  if (config.pretraining_weights) register_pretraining_weights(channels);
}

void SslFrontendImpl::register_pretraining_weights(std::int64_t conv_dim) {
  constexpr std::int64_t kEntries = 640;  // two codebooks of 320
  constexpr std::int64_t kQuantised = 768;
  register_parameter("mask_emb", torch::empty({config_.dim}).uniform_());
  const auto quantizer = register_module("quantizer", std::make_shared<torch::nn::Module>());
  quantizer->register_parameter("vars", torch::empty({1, kEntries, kQuantised / 2}).uniform_());
  quantizer->register_module("weight_proj", torch::nn::Linear(conv_dim, kEntries));
  register_module("project_q", torch::nn::Linear(kQuantised, kQuantised));
  register_module("final_proj", torch::nn::Linear(config_.dim, kQuantised));
}

torch::Tensor SslFrontendImpl::convolve(const torch::Tensor& waveform) {
  auto x = waveform.unsqueeze(1);  // [B, 1, T]
  for (const auto& layer : *conv_layers_) x = layer->as<ConvLayer>()->forward(x);
  return x.transpose(1, 2);  // [B, F, C]
}

torch::Tensor SslFrontendImpl::forward(const torch::Tensor& waveform) {
  auto x = layer_norm_(convolve(waveform));   // [B, F, C]
  x = dropout_input_(post_extract_proj_(x));  // [B, F, D]
  if (!pos_conv_.is_empty()) x = x + pos_conv_.forward(x);
  for (const auto& layer : *layers_) x = layer->as<EncoderBlock>()->forward(x);
  return encoder_layer_norm_(x);
}

}  // namespace codectrace::model
