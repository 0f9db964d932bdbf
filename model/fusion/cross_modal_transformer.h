#pragma once

#include <torch/torch.h>

#include "model/fusion/fusion_config.h"

namespace codectrace::model {

/// A cross-modal transformer (MulT, arXiv:1906.00295): what a sequence takes from another one.
/// Batch first, where the published one has time first; names are its own.
///
/// Both go in scaled by √D, with sinusoidal positions counted from 1. The published one takes a
/// place whose first number is exactly 0 for padding and gives it no position; no output of a layer
/// norm or of attention is, so it isn't done here.
class CrossModalTransformerImpl : public torch::nn::Module {
 public:
  /// @param longest  places of the longer of the sequences
  CrossModalTransformerImpl(const FusionConfig& config, std::int64_t dim, std::int64_t longest);

  /// @param query  [B, Tq, D]
  /// @param other  [B, Tk, D], keys and values: while dropout is on, each with draws of its own
  /// @return       [B, Tq, D]
  torch::Tensor forward(const torch::Tensor& query, const torch::Tensor& other);

 private:
  torch::Tensor embedded(const torch::Tensor& x);

  double scale_;
  torch::Tensor positions_;  // [longest, D], not a weight
  torch::nn::Dropout embedding_dropout_;
  torch::nn::ModuleList layers_;
  torch::nn::LayerNorm layer_norm_{nullptr};
};
TORCH_MODULE(CrossModalTransformer);

/// MulT's positions: row p is for place p + 1; sines in the first half, cosines in the second, of
/// (p + 1) · exp(−i · ln 10000 / (dim / 2 − 1)), in float32 as there. [count, dim]
[[nodiscard]] torch::Tensor sequence_positions(std::int64_t count, std::int64_t dim);

}  // namespace codectrace::model
