#pragma once

#include <torch/torch.h>

#include "model/linear.h"

namespace codectrace::model {

/// Multi-head attention of one sequence to another, whose maps of queries, keys and values lie in
/// one matrix in this order: torch's MultiheadAttention and MulT's, with their names. Without
/// dropout.
class PackedAttentionImpl : public torch::nn::Module {
 public:
  PackedAttentionImpl(std::int64_t dim, std::int64_t heads);

  /// Where keys and values are one tensor, they are mapped together.
  /// @param query       [B, Tq, D]
  /// @param key, value  [B, Tk, D]
  /// @return            [B, Tq, D]
  torch::Tensor forward(const torch::Tensor& query, const torch::Tensor& key,
                        const torch::Tensor& value);

 private:
  enum Part : std::int64_t { kQuery, kKey, kValue };
  torch::Tensor mapped(const torch::Tensor& x, Part first, std::int64_t parts);

  std::int64_t dim_;
  std::int64_t heads_;
  torch::Tensor in_proj_weight_, in_proj_bias_;
  Linear out_proj_{nullptr};
};
TORCH_MODULE(PackedAttention);

}  // namespace codectrace::model
