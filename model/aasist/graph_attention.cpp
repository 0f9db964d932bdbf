#include "model/aasist/graph_attention.h"

namespace codectrace::model {
namespace {

torch::Tensor attention_weight(std::int64_t out) {
  auto weight = torch::empty({out, 1});
  torch::nn::init::xavier_normal_(weight);
  return weight;
}

/// Products of every pair of nodes. [B, N, D] → [B, N, N, D]
torch::Tensor pairwise(const torch::Tensor& x) { return x.unsqueeze(2) * x.unsqueeze(1); }

/// Batch norm over the features of all nodes of all utterances. [B, N, D]
torch::Tensor normalised(BatchNorm& norm, const torch::Tensor& x) {
  return norm(x.reshape({-1, x.size(2)})).view(x.sizes());
}

}  // namespace

GraphAttentionImpl::GraphAttentionImpl(std::int64_t in, std::int64_t out, double temperature,
                                       double dropout)
    : temperature_(temperature) {
  dropout_ = register_module("input_drop", torch::nn::Dropout(dropout));
  att_weight_ = register_parameter("att_weight", attention_weight(out));
  att_proj_ = register_module("att_proj", torch::nn::Linear(in, out));
  proj_with_att_ = register_module("proj_with_att", torch::nn::Linear(in, out));
  proj_without_att_ = register_module("proj_without_att", torch::nn::Linear(in, out));
  bn_ = register_module("bn", BatchNorm(out));
}

torch::Tensor GraphAttentionImpl::forward(const torch::Tensor& nodes) {
  const auto x = dropout_(nodes);                                               // [B, N, in]
  const auto pairs = torch::tanh(att_proj_(pairwise(x)));                       // [B, N, N, out]
  const auto logits = torch::matmul(pairs, att_weight_).squeeze(3);             // [B, N, N]
  const auto map = torch::softmax(logits / temperature_, 2);                    // over j
  const auto y = proj_with_att_(torch::matmul(map, x)) + proj_without_att_(x);  // [B, N, out]
  return torch::selu(normalised(bn_, y));
}

HeterogeneousGraphAttentionImpl::HeterogeneousGraphAttentionImpl(std::int64_t in, std::int64_t out,
                                                                 double temperature, double dropout)
    : temperature_(temperature) {
  dropout_ = register_module("input_drop", torch::nn::Dropout(dropout));
  att_weight11_ = register_parameter("att_weight11", attention_weight(out));
  att_weight22_ = register_parameter("att_weight22", attention_weight(out));
  att_weight12_ = register_parameter("att_weight12", attention_weight(out));
  att_weightM_ = register_parameter("att_weightM", attention_weight(out));
  proj_type1_ = register_module("proj_type1", torch::nn::Linear(in, in));
  proj_type2_ = register_module("proj_type2", torch::nn::Linear(in, in));
  att_proj_ = register_module("att_proj", torch::nn::Linear(in, out));
  att_projM_ = register_module("att_projM", torch::nn::Linear(in, out));
  proj_with_att_ = register_module("proj_with_att", torch::nn::Linear(in, out));
  proj_without_att_ = register_module("proj_without_att", torch::nn::Linear(in, out));
  proj_with_attM_ = register_module("proj_with_attM", torch::nn::Linear(in, out));
  proj_without_attM_ = register_module("proj_without_attM", torch::nn::Linear(in, out));
  bn_ = register_module("bn", BatchNorm(out));
}

torch::Tensor HeterogeneousGraphAttentionImpl::attention_map(const torch::Tensor& x,
                                                             std::int64_t num_temporal) {
  const auto pairs = torch::tanh(att_proj_(pairwise(x)));  // [B, N, N, out]
  const auto spectral = x.size(1) - num_temporal;
  const auto block = [&](std::int64_t row, std::int64_t rows, std::int64_t column,
                         std::int64_t columns, const torch::Tensor& weight) {
    return torch::matmul(pairs.narrow(1, row, rows).narrow(2, column, columns), weight).squeeze(3);
  };
  const auto t = num_temporal;
  const auto upper =
      torch::cat({block(0, t, 0, t, att_weight11_), block(0, t, t, spectral, att_weight12_)}, 2);
  const auto lower = torch::cat(
      {block(t, spectral, 0, t, att_weight12_), block(t, spectral, t, spectral, att_weight22_)}, 2);
  return torch::softmax(torch::cat({upper, lower}, 1) / temperature_, 2);  // [B, N, N], over j
}

torch::Tensor HeterogeneousGraphAttentionImpl::updated_master(const torch::Tensor& x,
                                                              const torch::Tensor& master) {
  const auto logits =
      torch::matmul(torch::tanh(att_projM_(x * master)), att_weightM_);  // [B, N, 1]
  const auto weights = torch::softmax(logits / temperature_, 1);         // over nodes
  const auto gathered = torch::matmul(weights.transpose(1, 2), x);       // [B, 1, in]
  return proj_with_attM_(gathered) + proj_without_attM_(master);         // [B, 1, out]
}

HeterogeneousNodes HeterogeneousGraphAttentionImpl::forward(const HeterogeneousNodes& nodes) {
  const auto num_temporal = nodes.temporal.size(1);
  const auto joined = torch::cat({proj_type1_(nodes.temporal), proj_type2_(nodes.spectral)}, 1);
  const auto x = dropout_(joined);                      // [B, N, in]
  const auto map = attention_map(x, num_temporal);      // [B, N, N]
  const auto master = updated_master(x, nodes.master);  // from x before its update
  auto y = proj_with_att_(torch::matmul(map, x)) + proj_without_att_(x);  // [B, N, out]
  y = torch::selu(normalised(bn_, y));
  return {y.narrow(1, 0, num_temporal), y.narrow(1, num_temporal, y.size(1) - num_temporal),
          master};
}

}  // namespace codectrace::model
