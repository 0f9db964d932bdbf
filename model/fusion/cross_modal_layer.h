#pragma once

#include <torch/torch.h>

#include "model/fusion/fusion_config.h"
#include "model/packed_attention.h"

namespace codectrace::model {

/// One layer of a cross-modal transformer (MulT, arXiv:1906.00295, section 3.3), pre-norm:
/// x += attention(LN₀ x; LN₀ key, LN₀ value); x += fc2(ReLU(fc1(LN₁ x))). Named as published.
class CrossModalLayerImpl : public torch::nn::Module {
 public:
  CrossModalLayerImpl(const FusionConfig& config, std::int64_t dim);

  /// @param x           [B, Tq, D]
  /// @param key, value  [B, Tk, D]; the same tensor where they don't differ, which saves half
  /// @return            [B, Tq, D]
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& key,
                        const torch::Tensor& value);

 private:
  PackedAttention self_attn_{nullptr};
  Linear fc1_{nullptr}, fc2_{nullptr};
  torch::nn::LayerNorm attention_norm_{nullptr}, feed_forward_norm_{nullptr};
  torch::nn::Dropout activation_dropout_, residual_dropout_;
};
TORCH_MODULE(CrossModalLayer);

}  // namespace codectrace::model
