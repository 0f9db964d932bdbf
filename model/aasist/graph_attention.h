#pragma once

#include <torch/torch.h>

#include "model/batch_norm.h"

namespace codectrace::model {

/// Graph attention over nodes of one kind: A_ij = softmax_j(att_weightᵀ tanh(att_proj(x_i ∘ x_j)) /
/// temperature); out = SELU(BN(proj_with_att(A x) + proj_without_att(x))). AASIST,
/// arXiv:2110.01200, §2.2.
class GraphAttentionImpl : public torch::nn::Module {
 public:
  GraphAttentionImpl(std::int64_t in, std::int64_t out, double temperature, double dropout);
  /// [B, N, in] → [B, N, out]
  torch::Tensor forward(const torch::Tensor& nodes);

 private:
  double temperature_;
  torch::nn::Dropout dropout_{nullptr};
  torch::nn::Linear att_proj_{nullptr}, proj_with_att_{nullptr}, proj_without_att_{nullptr};
  torch::Tensor att_weight_;
  BatchNorm bn_{nullptr};
};
TORCH_MODULE(GraphAttention);

/// Temporal nodes, spectral nodes and the master node that has seen both.
struct HeterogeneousNodes {
  torch::Tensor temporal;  ///< [B, Nt, D]
  torch::Tensor spectral;  ///< [B, Ns, D]
  torch::Tensor master;    ///< [B, 1, D]
};

/// Attention over temporal and spectral nodes together, with weights of their own for pairs within
/// a kind and across, and a master node that gathers from all; §2.3 of the same paper.
class HeterogeneousGraphAttentionImpl : public torch::nn::Module {
 public:
  HeterogeneousGraphAttentionImpl(std::int64_t in, std::int64_t out, double temperature,
                                  double dropout);
  HeterogeneousNodes forward(const HeterogeneousNodes& nodes);

 private:
  torch::Tensor attention_map(const torch::Tensor& x, std::int64_t num_temporal);
  torch::Tensor updated_master(const torch::Tensor& x, const torch::Tensor& master);

  double temperature_;
  torch::nn::Dropout dropout_{nullptr};
  torch::nn::Linear proj_type1_{nullptr}, proj_type2_{nullptr}, att_proj_{nullptr},
      att_projM_{nullptr};
  torch::nn::Linear proj_with_att_{nullptr}, proj_without_att_{nullptr};
  torch::nn::Linear proj_with_attM_{nullptr}, proj_without_attM_{nullptr};
  torch::Tensor att_weight11_, att_weight22_, att_weight12_, att_weightM_;
  BatchNorm bn_{nullptr};
};
TORCH_MODULE(HeterogeneousGraphAttention);

}  // namespace codectrace::model
