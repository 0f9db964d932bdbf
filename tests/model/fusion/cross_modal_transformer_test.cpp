#include "model/fusion/cross_modal_transformer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/packed_attention.h"

namespace codectrace::model {
namespace {

FusionConfig config(double dropout) {
  return {.layers = 2,
          .heads = 2,
          .ffn_dim = 16,
          .embedding_dropout = dropout,
          .activation_dropout = 0,
          .residual_dropout = 0};
}

TEST(SequencePositions, AreCountedFromOneAndSinesComeFirst) {
  const auto table = sequence_positions(3, 6);

  EXPECT_NEAR(table[2][0].item<double>(), std::sin(3.0), 1e-6);
  EXPECT_NEAR(table[2][1].item<double>(), std::sin(3.0 / 100), 1e-6);
  EXPECT_NEAR(table[2][2].item<double>(), std::sin(3.0 / 10000), 1e-6);
  EXPECT_NEAR(table[0][3].item<double>(), std::cos(1.0), 1e-6);
}

TEST(PackedAttention, IsTorchsMultiheadAttention) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(1);
  PackedAttention attention(8, 2);
  torch::nn::MultiheadAttention torchs(torch::nn::MultiheadAttentionOptions(8, 2));
  const auto theirs = torchs->named_parameters();
  for (auto& item : attention->named_parameters()) {
    item.value().normal_();
    theirs[item.key()].copy_(item.value());
  }
  const auto query = torch::randn({3, 4, 8});
  const auto key = torch::randn({3, 5, 8});
  const auto value = torch::randn({3, 5, 8});
  const auto first = [](const torch::Tensor& x) { return x.transpose(0, 1); };

  const auto wanted = std::get<0>(torchs(first(query), first(key), first(value)));
  const auto same = std::get<0>(torchs(first(query), first(key), first(key)));

  EXPECT_LE((attention(query, key, value) - first(wanted)).abs().max().item<double>(), 1e-5);
  EXPECT_LE((attention(query, key, key) - first(same)).abs().max().item<double>(), 1e-5);
}

TEST(CrossModalTransformer, TakesSequencesOfDifferentLengths) {
  CrossModalTransformer transformer(config(0.1), 8, 6);

  EXPECT_EQ(transformer(torch::randn({2, 4, 8}), torch::randn({2, 6, 8})).sizes(),
            (std::vector<std::int64_t>{2, 4, 8}));
}

TEST(CrossModalTransformer, DropsKeysAndValuesOutApartWhileTraining) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(1);
  CrossModalTransformer transformer(config(0.5), 8, 6);
  const auto query = torch::randn({1, 4, 8});
  const auto other = torch::randn({1, 6, 8});
  torch::manual_seed(2);
  const auto one = transformer(query, other);
  torch::manual_seed(2);

  EXPECT_TRUE(transformer(query, other).equal(one));
  EXPECT_FALSE(transformer(query, other).equal(one));
  transformer->eval();
  EXPECT_TRUE(transformer(query, other).equal(transformer(query, other)));
}

}  // namespace
}  // namespace codectrace::model
