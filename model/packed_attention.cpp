#include "model/packed_attention.h"

namespace codectrace::model {

PackedAttentionImpl::PackedAttentionImpl(std::int64_t dim, std::int64_t heads)
    : dim_(dim), heads_(heads) {
  in_proj_weight_ = register_parameter("in_proj_weight", torch::empty({3 * dim, dim}));
  in_proj_bias_ = register_parameter("in_proj_bias", torch::zeros({3 * dim}));
  out_proj_ = register_module("out_proj", xavier_linear(dim, dim));
  torch::nn::init::xavier_uniform_(in_proj_weight_);
}

/// `parts` of the three maps from `first` on: [B, T, D] → [parts, B, H, T, D / H].
torch::Tensor PackedAttentionImpl::mapped(const torch::Tensor& x, Part first, std::int64_t parts) {
  const auto weight = in_proj_weight_.narrow(0, first * dim_, parts * dim_);
  const auto bias = in_proj_bias_.narrow(0, first * dim_, parts * dim_);
  return linear(x, weight, bias)
      .view({x.size(0), x.size(1), parts, heads_, dim_ / heads_})
      .permute({2, 0, 3, 1, 4});
}

torch::Tensor PackedAttentionImpl::forward(const torch::Tensor& query, const torch::Tensor& key,
                                           const torch::Tensor& value) {
  const auto q = mapped(query, kQuery, 1)[0];
  torch::Tensor k;
  torch::Tensor v;
  if (key.is_same(value)) {
    const auto both = mapped(key, kKey, 2);
    k = both[0];
    v = both[1];
  } else {
    k = mapped(key, kKey, 1)[0];
    v = mapped(value, kValue, 1)[0];
  }
  const auto attended = torch::scaled_dot_product_attention(q, k, v);  // [B, H, Tq, D / H]
  return out_proj_(attended.transpose(1, 2).flatten(2));
}

}  // namespace codectrace::model
