#pragma once

#include <torch/torch.h>

#include "model/linear.h"

namespace codectrace::model {

/// Of a transformer over an image's tokens.
struct VitSizes {
  std::int64_t dim = 0;
  std::int64_t heads = 0;
  std::int64_t ffn_dim = 0;
};

inline constexpr double kVitNormEps = 1e-6;   // of every layer norm of AudioMAE
inline constexpr double kTokenStddev = 0.02;  // of class and mask tokens to start from

/// Self-attention whose queries, keys and values come of one matrix, in this order, head-major
/// within each.
class VitAttentionImpl : public torch::nn::Module {
 public:
  explicit VitAttentionImpl(const VitSizes& sizes);
  /// [B, T, D] → [B, T, D]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::int64_t heads_;
  Linear qkv_{nullptr}, proj_{nullptr};
};
TORCH_MODULE(VitAttention);

/// A pre-norm transformer layer, named as AudioMAE's: x += attn(norm1(x)); x += mlp(norm2(x)), with
/// an exact GELU, without dropout.
class VitBlockImpl : public torch::nn::Module {
 public:
  explicit VitBlockImpl(const VitSizes& sizes);
  /// [B, T, D] → [B, T, D]
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  VitAttention attn_{nullptr};
  Linear fc1_{nullptr}, fc2_{nullptr};
};
TORCH_MODULE(VitBlock);

/// A layer norm over `dim` with AudioMAE's eps.
[[nodiscard]] torch::nn::LayerNorm vit_norm(std::int64_t dim);

}  // namespace codectrace::model
