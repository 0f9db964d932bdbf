#include "model/audio_mae/vit_block.h"

namespace codectrace::model {

torch::nn::LayerNorm vit_norm(std::int64_t dim) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}).eps(kVitNormEps));
}

VitAttentionImpl::VitAttentionImpl(const VitSizes& sizes) : heads_(sizes.heads) {
  qkv_ = register_module("qkv", xavier_linear(sizes.dim, 3 * sizes.dim));
  proj_ = register_module("proj", xavier_linear(sizes.dim, sizes.dim));
}

torch::Tensor VitAttentionImpl::forward(const torch::Tensor& x) {
  const auto dim = x.size(2);
  const auto qkv = qkv_(x)
                       .view({x.size(0), x.size(1), 3, heads_, dim / heads_})
                       .permute({2, 0, 3, 1, 4});  // [3, B, H, T, D / H]
  const auto attended = torch::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]);
  return proj_(attended.transpose(1, 2).flatten(2));
}

VitBlockImpl::VitBlockImpl(const VitSizes& sizes) {
  norm1_ = register_module("norm1", vit_norm(sizes.dim));
  attn_ = register_module("attn", VitAttention(sizes));
  norm2_ = register_module("norm2", vit_norm(sizes.dim));
  const auto mlp = register_module("mlp", std::make_shared<torch::nn::Module>());
  fc1_ = mlp->register_module("fc1", xavier_linear(sizes.dim, sizes.ffn_dim));
  fc2_ = mlp->register_module("fc2", xavier_linear(sizes.ffn_dim, sizes.dim));
}

torch::Tensor VitBlockImpl::forward(torch::Tensor x) {
  x = attn_(norm1_(x)).add_(x);
  return feed_forward(norm2_(x), fc1_, fc2_).add_(x);
}

}  // namespace codectrace::model
