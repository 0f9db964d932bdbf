#include "model/fusion/cross_modal_transformer.h"

#include <cmath>

#include "model/fusion/cross_modal_layer.h"

namespace codectrace::model {
namespace {

constexpr double kLongestPeriod = 10000;
constexpr double kVersion = 2;  // of the published code, which writes it beside the weights

}  // namespace

torch::Tensor sequence_positions(std::int64_t count, std::int64_t dim) {
  const auto half = dim / 2;
  const auto step = static_cast<float>(std::log(kLongestPeriod) / static_cast<double>(half - 1));
  const auto frequencies = torch::exp(torch::arange(half, torch::kFloat32) * -step);
  const auto place = torch::arange(1, count + 1, torch::kFloat32).unsqueeze(1);
  const auto phase = place * frequencies;  // [count, D / 2]
  return torch::cat({phase.sin(), phase.cos()}, 1);
}

CrossModalTransformerImpl::CrossModalTransformerImpl(const FusionConfig& config, std::int64_t dim,
                                                     std::int64_t longest)
    : scale_(std::sqrt(static_cast<double>(dim))),
      positions_(sequence_positions(longest, dim)),
      embedding_dropout_(config.embedding_dropout) {
  // Nothing reads these two; published weights have them.
  register_buffer("version", torch::full({1}, kVersion));
  register_module("embed_positions", std::make_shared<torch::nn::Module>())
      ->register_buffer("_float_tensor", torch::zeros({1}));
  register_module("embedding_dropout", embedding_dropout_);
  register_module("layers", layers_);
  for (int i = 0; i < config.layers; ++i) layers_->push_back(CrossModalLayer(config, dim));
  layer_norm_ =
      register_module("layer_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim})));
}

/// Scaled, with positions; before dropout. At least in float32: the sum outweighs what layers add.
torch::Tensor CrossModalTransformerImpl::embedded(const torch::Tensor& x) {
  const auto type = x.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  positions_ = positions_.to(x.device(), type);
  return torch::add(positions_.narrow(0, 0, x.size(1)), x, scale_);
}

torch::Tensor CrossModalTransformerImpl::forward(const torch::Tensor& query,
                                                 const torch::Tensor& other) {
  auto x = embedding_dropout_(embedded(query));  // [B, Tq, D]
  const auto source = embedded(other);           // [B, Tk, D]
  const bool drops = is_training() && embedding_dropout_->options.p() > 0;
  const auto key = drops ? embedding_dropout_(source) : source;
  const auto value = drops ? embedding_dropout_(source) : source;
  for (const auto& layer : *layers_) x = layer->as<CrossModalLayer>()->forward(x, key, value);
  return layer_norm_(x);
}

}  // namespace codectrace::model
