#include "model/wav2vec2/ssl_frontend.h"

#include "model/wav2vec2/conv_layer.h"
#include "model/wav2vec2/positional_convolution.h"

namespace codectrace::model {
namespace {

torch::nn::LayerNorm layer_norm(std::int64_t dim) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}));
}

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
