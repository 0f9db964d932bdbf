#include "model/aasist/graph_pooling.h"

#include <algorithm>

namespace codectrace::model {

GraphPoolImpl::GraphPoolImpl(std::int64_t dim, double dropout) {
  dropout_ = register_module("drop", torch::nn::Dropout(dropout));
  proj_ = register_module("proj", torch::nn::Linear(dim, 1));
}

torch::Tensor GraphPoolImpl::forward(const torch::Tensor& nodes) {
  const auto scores = torch::sigmoid(proj_(dropout_(nodes)));  // [B, N, 1]
  const auto kept = std::max<std::int64_t>(nodes.size(1) / 2, 1);
  const auto order = std::get<1>(torch::topk(scores, kept, 1));  // [B, kept, 1]
  return torch::gather(nodes * scores, 1, order.expand({-1, -1, nodes.size(2)}));
}

}  // namespace codectrace::model
