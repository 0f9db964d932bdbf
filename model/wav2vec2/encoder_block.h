#pragma once

#include <torch/torch.h>

#include "model/linear.h"
#include "model/model_config.h"

namespace codectrace::model {

/// Multi-head self-attention with fairseq's names.
class SelfAttentionImpl : public torch::nn::Module {
 public:
  SelfAttentionImpl(std::int64_t dim, std::int64_t heads, double dropout);
  /// [B, F, D] → [B, F, D]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::int64_t heads_;
  double dropout_;
  Linear k_proj_{nullptr}, v_proj_{nullptr}, q_proj_{nullptr}, out_proj_{nullptr};
};
TORCH_MODULE(SelfAttention);

/// One pre-norm transformer layer: x += attention(LN(x)); x += fc2(GELU(fc1(LN(x)))).
class EncoderBlockImpl : public torch::nn::Module {
 public:
  explicit EncoderBlockImpl(const EncoderConfig& config);
  /// [B, F, D] → [B, F, D]
  torch::Tensor forward(torch::Tensor x);

 private:
  SelfAttention self_attn_{nullptr};
  torch::nn::LayerNorm self_attn_layer_norm_{nullptr}, final_layer_norm_{nullptr};
  Linear fc1_{nullptr}, fc2_{nullptr};
  torch::nn::Dropout dropout_{nullptr};
};
TORCH_MODULE(EncoderBlock);

}  // namespace codectrace::model
