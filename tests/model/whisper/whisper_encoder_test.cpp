#include "model/whisper/whisper_encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "model/weights/load.h"
#include "tests/support/expect_error.h"
#include "tests/support/made_tensors.h"

namespace codectrace::model {
namespace {

WhisperConfig small() {
  WhisperConfig config;
  config.mels = 10;
  config.frames = 40;
  config.dim = 12;
  config.layers = 3;
  config.heads = 3;
  config.ffn_dim = 20;
  config.pooled_frames = 8;
  return config;
}

WhisperEncoder made_encoder(const WhisperConfig& config = small()) {
  WhisperEncoder encoder(config);
  encoder->to(torch::kFloat64);
  const torch::NoGradGuard no_grad;
  for (auto [name, tensor] : state_of(*encoder)) {
    tensor.copy_(test::made_weight(1, name, tensor));
  }
  return encoder;
}

torch::Tensor waves(std::int64_t count, std::int64_t samples) {
  std::vector<torch::Tensor> all;
  for (std::int64_t i = 0; i < count; ++i) {
    all.push_back(test::made_waveform(static_cast<std::uint64_t>(i), samples));
  }
  return torch::stack(all).to(torch::kFloat64);
}

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

/// All by the definition, from the parameters alone. @param log_mel  [B, mels, 2F]
torch::Tensor slow_encoder(WhisperEncoder& encoder, const torch::Tensor& log_mel) {
  const auto w = encoder->named_parameters();
  const auto heads = encoder->config().heads;
  const auto norm = [&](const std::string& name, const torch::Tensor& x) {
    const auto centred = x - x.mean(-1, true);
    return centred / torch::sqrt(centred.square().mean(-1, true) + 1e-5) * w[name + ".weight"] +
           w[name + ".bias"];
  };
  const auto linear = [&](const std::string& name, const torch::Tensor& x) {
    const auto y = torch::matmul(x, w[name + ".weight"].t());
    return w.contains(name + ".bias") ? y + w[name + ".bias"] : y;
  };
  const auto gelu = [](const torch::Tensor& x) {
    return 0.5 * x * (1 + torch::erf(x / std::sqrt(2.0)));
  };
  auto x = gelu(torch::conv1d(log_mel, w["conv1.weight"], w["conv1.bias"], 1, 1));
  x = gelu(torch::conv1d(x, w["conv2.weight"], w["conv2.bias"], 2, 1)).transpose(1, 2);
  x = x + w["embed_positions.weight"];
  for (int i = 0; i < encoder->config().layers; ++i) {
    const auto layer = "layers." + std::to_string(i) + ".";
    const auto y = norm(layer + "self_attn_layer_norm", x);
    const auto width = y.size(2) / heads;
    const auto q =
        (linear(layer + "self_attn.q_proj", y) / std::sqrt(double(width))).split(width, 2);
    const auto k = linear(layer + "self_attn.k_proj", y).split(width, 2);
    const auto v = linear(layer + "self_attn.v_proj", y).split(width, 2);
    std::vector<torch::Tensor> attended;
    for (std::size_t h = 0; h < q.size(); ++h) {
      attended.push_back(
          torch::matmul(torch::softmax(torch::matmul(q[h], k[h].transpose(1, 2)), 2), v[h]));
    }
    x = x + linear(layer + "self_attn.out_proj", torch::cat(attended, 2));
    x = x + linear(layer + "fc2", gelu(linear(layer + "fc1", norm(layer + "final_layer_norm", x))));
  }
  return norm("layer_norm", x);
}

TEST(WhisperEncoder, IsItsDefinition) {
  torch::manual_seed(1);
  auto encoder = made_encoder();
  const auto log_mel = torch::randn({2, 10, 80}, torch::kFloat64);

  EXPECT_LE(distance(encoder(log_mel), slow_encoder(encoder, log_mel)), 1e-12);
}

TEST(WhisperEncoder, PoolsPairsOfItsFirstFramesForAnyLength) {
  auto encoder = made_encoder();
  const LogMel log_mel(10, 80);
  // One frame's samples, up to where nothing is silent, around where the cut spectrogram is whole.
  for (const std::int64_t samples :
       {1, 161, 2000, 5001, 11400, 11500, 11700, 11800, 12000, 12500, 12800}) {
    const auto x = waves(2, samples);
    const auto all = encoder(log_mel(x));  // [B, F, D]

    const auto found = encoder->pooled(x);

    ASSERT_EQ(found.sizes().vec(), (std::vector<std::int64_t>{2, 4, 12})) << samples;
    for (std::int64_t j = 0; j < 4; ++j) {
      const auto wanted = (all.select(1, 2 * j) + all.select(1, 2 * j + 1)) / 2;
      EXPECT_LE(distance(found.select(1, j), wanted), 1e-12) << samples;
    }
  }
}

TEST(WhisperEncoder, PoolsABatchAsItsUtterancesOneByOne) {
  auto encoder = made_encoder();
  const auto x = waves(19, 3000);

  const auto found = encoder->pooled(x);

  for (std::int64_t i = 0; i < 19; ++i) {
    EXPECT_LE(distance(found[i], encoder->pooled(x.narrow(0, i, 1))[0]), 1e-12) << i;
  }
}

TEST(WhisperEncoder, StaysFrozenWhateverIsAskedOfTheNetworkAroundIt) {
  auto encoder = made_encoder();
  torch::nn::Sequential network(encoder);

  network->train();

  EXPECT_FALSE(encoder->is_training());
  for (const auto& parameter : encoder->parameters()) EXPECT_FALSE(parameter.requires_grad());
  const auto x = waves(1, 3000).requires_grad_();
  EXPECT_FALSE(encoder->pooled(x).requires_grad());
}

TEST(WhisperEncoder, HasTheReleasedNames) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : state_of(*made_encoder())) names.insert(name);

  std::set<std::string> wanted{
      "conv1.weight",      "conv1.bias",      "conv2.weight",          "conv2.bias",
      "layer_norm.weight", "layer_norm.bias", "embed_positions.weight"};
  for (const std::string layer : {"layers.0.", "layers.1.", "layers.2."}) {
    for (const std::string part : {"self_attn.q_proj", "self_attn.v_proj", "self_attn.out_proj",
                                   "self_attn_layer_norm", "fc1", "fc2", "final_layer_norm"}) {
      wanted.insert(layer + part + ".weight");
      wanted.insert(layer + part + ".bias");
    }
    wanted.insert(layer + "self_attn.k_proj.weight");
  }
  EXPECT_EQ(names, wanted);
}

TEST(WhisperEncoder, RefusesASpectrogramOfAnotherShape) {
  auto encoder = made_encoder();

  test::expect_error(
      ErrorKind::Usage,
      [&] {
        encoder(torch::zeros({2, 10, 79}));
      },
      "[2, 10, 79]", "[B, 10, 80]");
  test::expect_error(
      ErrorKind::Usage,
      [&] {
        encoder(torch::zeros({2, 9, 80}));
      },
      "[2, 9, 80]");
  test::expect_error(
      ErrorKind::Usage,
      [&] {
        encoder(torch::zeros({10, 80}));
      },
      "[10, 80]");
  test::expect_error(ErrorKind::Usage, [&] { encoder->pooled(torch::zeros({12800})); });
}

TEST(WhisperConfig, RefusesSizesThatDoNotFitEachOther) {
  auto config = small();
  config.heads = 5;
  test::expect_error(
      ErrorKind::Usage, [&] { WhisperEncoder{config}; }, "dim is 12", "heads (5)");
  config = small();
  config.pooled_frames = 7;
  test::expect_error(
      ErrorKind::Usage, [&] { WhisperEncoder{config}; }, "pooled_frames is 7");
  config.pooled_frames = 42;
  test::expect_error(
      ErrorKind::Usage, [&] { WhisperEncoder{config}; }, "at most frames (40)");
}

}  // namespace
}  // namespace codectrace::model
