#pragma once

#include <torch/torch.h>

#include <array>

#include "model/aasist/graph_attention.h"
#include "model/aasist/graph_pooling.h"
#include "model/model_config.h"

namespace codectrace::model {

/// One task's graph branch: spectral and temporal graphs, two parallel heterogeneous paths,
/// readout.
class GraphBranchImpl : public torch::nn::Module {
 public:
  /// @param spectral_nodes  frequency axis of the map it gets
  GraphBranchImpl(const BackendConfig& config, std::int64_t spectral_nodes, std::int64_t classes);

  /// @param x, w  [B, C, frequency, time]: features, and the attention map shared by all branches
  /// @return      logits [B, classes]
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& w);

 private:
  /// HtrgGAT_layer_STp1 → pools → HtrgGAT_layer_STp2, added to its inputs.
  struct Path {
    torch::Tensor master;
    HeterogeneousGraphAttention first{nullptr}, second{nullptr};
    GraphPool pool_spectral{nullptr}, pool_temporal{nullptr};
  };
  HeterogeneousNodes follow(Path& path, const torch::Tensor& temporal,
                            const torch::Tensor& spectral);
  torch::Tensor readout(const HeterogeneousNodes& one, const HeterogeneousNodes& other);

  torch::Tensor pos_S_;
  GraphAttention GAT_layer_S_{nullptr}, GAT_layer_T_{nullptr};
  GraphPool pool_S_{nullptr}, pool_T_{nullptr};
  std::array<Path, 2> paths_;
  torch::nn::Dropout drop_way_{nullptr}, drop_{nullptr};
  torch::nn::Linear out_layer_{nullptr};
};
TORCH_MODULE(GraphBranch);

}  // namespace codectrace::model
