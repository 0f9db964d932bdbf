#include "model/wav2vec2/encoder_block.h"

#include <gtest/gtest.h>

#include <cmath>

namespace codectrace::model {
namespace {

/// Attention by its definition, head by head and query by query.
torch::Tensor slow_attention(const torch::OrderedDict<std::string, torch::Tensor>& weights,
                             const torch::Tensor& x, std::int64_t heads) {
  const auto linear = [&](const std::string& name, const torch::Tensor& input) {
    return torch::matmul(input, weights[name + ".weight"].t()) + weights[name + ".bias"];
  };
  const auto q = linear("q_proj", x);
  const auto k = linear("k_proj", x);
  const auto v = linear("v_proj", x);
  const auto width = x.size(2) / heads;
  auto gathered = torch::zeros_like(x);
  for (std::int64_t b = 0; b < x.size(0); ++b) {
    for (std::int64_t h = 0; h < heads; ++h) {
      const auto part = [&](const torch::Tensor& of) {
        return of[b].narrow(1, h * width, width);  // [F, D / H]
      };
      for (std::int64_t i = 0; i < x.size(1); ++i) {
        auto weight = torch::mv(part(k), part(q)[i]) / std::sqrt(static_cast<double>(width));
        weight = torch::exp(weight - weight.max());
        weight = weight / weight.sum();
        gathered[b][i].narrow(0, h * width, width).copy_(torch::mv(part(v).t(), weight));
      }
    }
  }
  return linear("out_proj", gathered);
}

TEST(SelfAttention, IsItsDefinitionForOddAndEvenNumbersOfFrames) {
  torch::manual_seed(1);
  const torch::NoGradGuard no_grad;
  SelfAttention attention(12, 3, 0.0);
  attention->to(torch::kFloat64);
  for (const auto& parameter : attention->parameters()) parameter.normal_(0.0, 0.5);
  for (const std::int64_t frames : {1, 7, 8}) {
    const auto x = torch::randn({2, frames, 12}, torch::kFloat64);

    const auto expected = slow_attention(attention->named_parameters(), x, 3);

    EXPECT_LE((attention(x) - expected).abs().max().item<double>(), 1e-12) << frames;
  }
}

TEST(EncoderBlock, AddsItsTwoPartsToItsInput) {
  torch::manual_seed(2);
  const torch::NoGradGuard no_grad;
  EncoderConfig config;
  config.dim = 8;
  config.heads = 2;
  config.ffn_dim = 12;
  EncoderBlock block(config);
  block->to(torch::kFloat64);
  auto weights = block->named_parameters();
  const auto x = torch::randn({2, 5, 8}, torch::kFloat64);

  weights["self_attn.out_proj.weight"].zero_();
  weights["fc2.weight"].zero_();
  EXPECT_TRUE(block(x).equal(x));
  weights["fc2.bias"].fill_(2.0);
  EXPECT_LE((block(x) - x - 2).abs().max().item<double>(), 1e-12);
}

TEST(EncoderBlock, TakesAnEmptyBatch) {
  EncoderConfig config;
  config.dim = 8;
  config.heads = 2;
  EncoderBlock block(config);

  EXPECT_EQ(block(torch::zeros({0, 5, 8})).sizes(), (std::vector<std::int64_t>{0, 5, 8}));
}

}  // namespace
}  // namespace codectrace::model
