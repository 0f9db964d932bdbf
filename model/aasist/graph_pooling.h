#pragma once

#include <torch/torch.h>

namespace codectrace::model {

/// Keeps the better half of the nodes, at least one, in descending order of their score
/// sigmoid(proj(dropout(h))), each multiplied by it (top-k pooling, arXiv:1905.05178).
class GraphPoolImpl : public torch::nn::Module {
 public:
  GraphPoolImpl(std::int64_t dim, double dropout);
  /// [B, N, D] → [B, max(⌊N/2⌋, 1), D]
  torch::Tensor forward(const torch::Tensor& nodes);

 private:
  torch::nn::Dropout dropout_{nullptr};
  torch::nn::Linear proj_{nullptr};
};
TORCH_MODULE(GraphPool);

}  // namespace codectrace::model
