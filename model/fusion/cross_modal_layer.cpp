#include "model/fusion/cross_modal_layer.h"

namespace codectrace::model {

CrossModalLayerImpl::CrossModalLayerImpl(const FusionConfig& config, std::int64_t dim)
    : activation_dropout_(config.activation_dropout), residual_dropout_(config.residual_dropout) {
  self_attn_ = register_module("self_attn", PackedAttention(dim, config.heads));
  fc1_ = register_module("fc1", xavier_linear(dim, config.ffn_dim));
  fc2_ = register_module("fc2", xavier_linear(config.ffn_dim, dim));
  const auto norms = register_module("layer_norms", torch::nn::ModuleList());
  attention_norm_ = torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}));
  feed_forward_norm_ = torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}));
  norms->push_back(attention_norm_);
  norms->push_back(feed_forward_norm_);
  register_module("activation_dropout", activation_dropout_);
  register_module("residual_dropout", residual_dropout_);
}

torch::Tensor CrossModalLayerImpl::forward(const torch::Tensor& x, const torch::Tensor& key,
                                           const torch::Tensor& value) {
  const auto k = attention_norm_(key);
  const auto v = key.is_same(value) ? k : attention_norm_(value);
  const auto y = x + residual_dropout_(self_attn_(attention_norm_(x), k, v));
  const auto activated = activation_dropout_(torch::relu(fc1_(feed_forward_norm_(y))));
  return y + residual_dropout_(fc2_(activated));
}

}  // namespace codectrace::model
