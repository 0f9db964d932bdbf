#include "model/aasist/graph_branch.h"

#include <string>

namespace codectrace::model {
namespace {

constexpr double kGraphTemperature = 2.0;  // of the reference's configuration
constexpr double kHeterogeneousTemperature = 100.0;

}  // namespace

GraphBranchImpl::GraphBranchImpl(const BackendConfig& config, std::int64_t spectral_nodes,
                                 std::int64_t classes) {
  const std::int64_t dim = config.channels.back();
  pos_S_ = register_parameter("pos_S", torch::randn({1, spectral_nodes, dim}));
  paths_[0].master = register_parameter("master1", torch::randn({1, 1, dim}));
  paths_[1].master = register_parameter("master2", torch::randn({1, 1, dim}));
  GAT_layer_S_ = register_module("GAT_layer_S",
                                 GraphAttention(dim, dim, kGraphTemperature, config.graph_dropout));
  GAT_layer_T_ = register_module("GAT_layer_T",
                                 GraphAttention(dim, dim, kGraphTemperature, config.graph_dropout));
  pool_S_ = register_module("pool_S", GraphPool(dim, config.pool_dropout));
  pool_T_ = register_module("pool_T", GraphPool(dim, config.pool_dropout));
  for (int number : {1, 2}) {
    Path& path = paths_[static_cast<std::size_t>(number - 1)];
    const std::string n = std::to_string(number);
    const auto heterogeneous = [&](std::int64_t in) {
      return HeterogeneousGraphAttention(in, config.graph_dim, kHeterogeneousTemperature,
                                         config.graph_dropout);
    };
    path.first = register_module("HtrgGAT_layer_ST" + n + "1", heterogeneous(dim));
    path.second = register_module("HtrgGAT_layer_ST" + n + "2", heterogeneous(config.graph_dim));
    path.pool_spectral =
        register_module("pool_hS" + n, GraphPool(config.graph_dim, config.pool_dropout));
    path.pool_temporal =
        register_module("pool_hT" + n, GraphPool(config.graph_dim, config.pool_dropout));
  }
  drop_way_ = register_module("drop_way", torch::nn::Dropout(config.readout_dropout));
  drop_ = register_module("drop", torch::nn::Dropout(config.output_dropout));
  constexpr std::int64_t kReadouts = 5;  // max and mean of each kind, and the master
  out_layer_ =
      register_module("out_layer", torch::nn::Linear(kReadouts * config.graph_dim, classes));
}

HeterogeneousNodes GraphBranchImpl::follow(Path& path, const torch::Tensor& temporal,
                                           const torch::Tensor& spectral) {
  const auto master = path.master.expand({temporal.size(0), -1, -1});
  const auto first = path.first(HeterogeneousNodes{temporal, spectral, master});
  const HeterogeneousNodes pooled{path.pool_temporal(first.temporal),
                                  path.pool_spectral(first.spectral), first.master};
  const auto second = path.second(pooled);
  return {drop_way_(pooled.temporal + second.temporal),
          drop_way_(pooled.spectral + second.spectral), drop_way_(pooled.master + second.master)};
}

torch::Tensor GraphBranchImpl::readout(const HeterogeneousNodes& one,
                                       const HeterogeneousNodes& other) {
  const auto temporal = torch::max(one.temporal, other.temporal);
  const auto spectral = torch::max(one.spectral, other.spectral);
  const auto master = torch::max(one.master, other.master);
  return torch::cat({temporal.abs().amax(1), temporal.mean(1), spectral.abs().amax(1),
                     spectral.mean(1), master.squeeze(1)},
                    1);  // [B, 5 · graph_dim]
}

torch::Tensor GraphBranchImpl::forward(const torch::Tensor& x, const torch::Tensor& w) {
  auto spectral = (x * torch::softmax(w, 3)).sum(3).transpose(1, 2) + pos_S_;  // [B, frequency, C]
  auto temporal = (x * torch::softmax(w, 2)).sum(2).transpose(1, 2);           // [B, time, C]
  spectral = pool_S_(GAT_layer_S_(spectral));
  temporal = pool_T_(GAT_layer_T_(temporal));
  const auto one = follow(paths_[0], temporal, spectral);
  const auto other = follow(paths_[1], temporal, spectral);
  return out_layer_(drop_(readout(one, other)));
}

}  // namespace codectrace::model
