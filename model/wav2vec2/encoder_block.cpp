#include "model/wav2vec2/encoder_block.h"

namespace codectrace::model {
namespace {

constexpr double kInitStddev = 0.02;  // wav2vec 2.0's linear layers, arXiv:2006.11477's code

Linear register_linear(torch::nn::Module& owner, const std::string& name, std::int64_t in,
                       std::int64_t out) {
  Linear linear(in, out);
  const torch::NoGradGuard no_grad;
  linear->weight.normal_(0.0, kInitStddev);
  linear->bias.zero_();
  return owner.register_module(name, linear);
}

}  // namespace

SelfAttentionImpl::SelfAttentionImpl(std::int64_t dim, std::int64_t heads, double dropout)
    : heads_(heads), dropout_(dropout) {
  k_proj_ = register_linear(*this, "k_proj", dim, dim);
  v_proj_ = register_linear(*this, "v_proj", dim, dim);
  q_proj_ = register_linear(*this, "q_proj", dim, dim);
  out_proj_ = register_linear(*this, "out_proj", dim, dim);
}

torch::Tensor SelfAttentionImpl::forward(const torch::Tensor& x) {
  const auto split = [&](const torch::Tensor& y) {  // [B, H, F, D / H]
    return y.view({y.size(0), y.size(1), heads_, y.size(2) / heads_}).transpose(1, 2);
  };
  const auto attended = torch::scaled_dot_product_attention(
      split(q_proj_(x)), split(k_proj_(x)), split(v_proj_(x)), {},
      is_training() ? dropout_ : 0.0);  // [B, H, F, D / H]
  return out_proj_(attended.transpose(1, 2).flatten(2));
}

EncoderBlockImpl::EncoderBlockImpl(const EncoderConfig& config) {
  self_attn_ =
      register_module("self_attn", SelfAttention(config.dim, config.heads, config.dropout));
  self_attn_layer_norm_ = register_module(
      "self_attn_layer_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.dim})));
  fc1_ = register_linear(*this, "fc1", config.dim, config.ffn_dim);
  fc2_ = register_linear(*this, "fc2", config.ffn_dim, config.dim);
  final_layer_norm_ = register_module(
      "final_layer_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.dim})));
  dropout_ = torch::nn::Dropout(config.dropout);
  register_module("dropout", dropout_);
}

torch::Tensor EncoderBlockImpl::forward(torch::Tensor x) {
  x = dropout_(self_attn_(self_attn_layer_norm_(x))).add_(x);
  return dropout_(feed_forward(final_layer_norm_(x), fc1_, fc2_)).add_(x);
}

}  // namespace codectrace::model
