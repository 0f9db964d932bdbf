#include "model/w2v2_aasist/w2v2_aasist.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "model/autocast.h"
#include "model/factory.h"
#include "model/weights/load.h"
#include "tests/support/expect_error.h"
#include "tests/support/thread_ranks.h"
#include "tests/support/tiny_model.h"
#include "tests/support/without_dropout.h"

namespace codectrace::model {
namespace {

std::shared_ptr<Network> tiny(const ModelConfig& config = test::without_dropout(test::tiny_model()),
                              std::uint64_t seed = 1) {
  torch::manual_seed(seed);
  return make_network(config, test::four_tasks());
}

torch::Tensor batch(std::int64_t size, torch::ScalarType type = torch::kFloat32) {
  torch::manual_seed(99);
  return torch::randn({size, 1600}).to(type) * 0.1;
}

double largest_difference(const std::vector<torch::Tensor>& a,
                          const std::vector<torch::Tensor>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(
        largest, (a[i].to(torch::kFloat64) - b[i].to(torch::kFloat64)).abs().max().item<double>());
  }
  return largest;
}

TEST(W2v2Aasist, GivesLogitsOfEachHeadsClasses) {
  const auto network = tiny();

  const auto logits = network->logits(batch(3));

  ASSERT_EQ(logits.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto classes = static_cast<std::int64_t>(network->heads()[i].classes.size());
    EXPECT_EQ(logits[i].sizes(), (std::vector<std::int64_t>{3, classes}));
  }
}

/// docs/scaling.md and bench/scaling_model.py have these numbers: each is a round trip of all
/// ranks.
TEST(W2v2Aasist, SumsBatchNormsOverRanksAsOftenAsTheDocumentsSay) {
  struct Sums {
    W2v2AasistType type;
    int forward, backward;
  };
  for (const auto& expected :
       {Sums{W2v2AasistType::M1, 38, 33}, Sums{W2v2AasistType::S_BIN, 20, 15}}) {
    auto config = test::tiny_model(expected.type);
    config.backend.channels.assign(BackendConfig().channels.size(), 4);
    const auto network = tiny(config);
    int sums = 0;
    network->synchronise_batch_norm([&](torch::Tensor&) { ++sums; });  // of a single rank

    torch::Tensor total = torch::zeros({});
    for (const auto& logits : network->logits(batch(2))) total = total + logits.sum();
    EXPECT_EQ(std::exchange(sums, 0), expected.forward);
    total.backward();
    EXPECT_EQ(sums, expected.backward);
  }
}

TEST(W2v2Aasist, ScoresAnUtteranceTheSameInAnyBatch) {
  const torch::NoGradGuard no_grad;
  const auto network = tiny();
  network->to(torch::kFloat64);
  network->eval();
  const auto waveforms = batch(4, torch::kFloat64);

  const auto together = network->logits(waveforms);

  for (std::int64_t i = 0; i < 4; ++i) {
    const auto alone = network->logits(waveforms.narrow(0, i, 1));
    for (std::size_t head = 0; head < 4; ++head) {
      EXPECT_LE((alone[head][0] - together[head][i]).abs().max().item<double>(), 1e-12);
    }
  }
}

TEST(W2v2Aasist, ComputesTheSameInBothPrecisionsAsInDouble) {
  const torch::NoGradGuard no_grad;
  const auto network = tiny();
  network->eval();

  const auto single = network->logits(batch(3));
  std::vector<torch::Tensor> half;
  {
    const AutocastScope autocast(Precision::Bf16, torch::kCPU);
    half = network->logits(batch(3));
  }
  network->to(torch::kFloat64);
  const auto wide = network->logits(batch(3).to(torch::kFloat64));

  EXPECT_LE(largest_difference(single, wide), 1e-5);
  EXPECT_LE(largest_difference(half, wide), 0.2);  // bfloat16 has three digits
  EXPECT_GT(largest_difference(half, wide), 0.0);
  EXPECT_FALSE(at::autocast::is_autocast_enabled(torch::kCPU));
}

TEST(W2v2Aasist, TrainsUnderAutocastWithWeightsInFloat32) {
  const auto network = tiny();
  network->synchronise_batch_norm([](torch::Tensor&) {});
  {
    const AutocastScope autocast(Precision::Bf16, torch::kCPU);
    auto loss = torch::zeros({});
    for (const auto& logits : network->logits(batch(4))) loss = loss + logits.square().mean();
    loss.backward();
  }
  const auto gradient = network->named_parameters()["LL.weight"].grad();

  EXPECT_EQ(gradient.scalar_type(), torch::kFloat32);
  EXPECT_TRUE(gradient.isfinite().all().item<bool>());
}

TEST(W2v2Aasist, DropsOutInTrainingOnly) {
  const auto network = tiny(test::tiny_model());
  const auto waveforms = batch(2);
  network->eval();
  EXPECT_EQ(largest_difference(network->logits(waveforms), network->logits(waveforms)), 0.0);

  network->train();

  EXPECT_GT(largest_difference(network->logits(waveforms), network->logits(waveforms)), 0.0);
}

TEST(W2v2Aasist, HasPublishedNamesWithoutPretrainingOnlyOnesAsConfigured) {
  const auto names_of = [](const Network& network) {
    std::set<std::string> names;
    for (const auto& [name, tensor] : state_of(network)) names.insert(name);
    return names;
  };
  auto config = test::tiny_model();
  const auto without = names_of(*tiny(config));
  config.encoder.pretraining_weights = true;
  const auto with = names_of(*tiny(config));

  std::vector<std::string> added;
  std::ranges::set_difference(with, without, std::back_inserter(added));
  const std::string ssl = "ssl_model.model.";
  EXPECT_EQ(added, (std::vector<std::string>{
                       ssl + "final_proj.bias", ssl + "final_proj.weight", ssl + "mask_emb",
                       ssl + "project_q.bias", ssl + "project_q.weight", ssl + "quantizer.vars",
                       ssl + "quantizer.weight_proj.bias", ssl + "quantizer.weight_proj.weight"}));
  for (const auto* name :
       {"ssl_model.model.feature_extractor.conv_layers.1.2.1.weight",
        "ssl_model.model.encoder.pos_conv.0.weight_g", "encoder.1.0.bn1.running_mean",
        "ssl_model.model.encoder.layers.1.self_attn.k_proj.bias", "attention.3.weight"}) {
    EXPECT_TRUE(without.contains(name)) << name;
  }
}

TEST(W2v2Aasist, UnusedBatchNormMovesItsStatisticsAndGetsNoGradient) {
  const auto network = tiny();
  const auto before = network->named_buffers()["encoder.1.0.bn1.running_mean"].clone();

  auto loss = torch::zeros({});
  for (const auto& logits : network->logits(batch(4))) loss = loss + logits.sum();
  loss.backward();

  EXPECT_FALSE(network->named_buffers()["encoder.1.0.bn1.running_mean"].equal(before));
  EXPECT_FALSE(network->named_parameters()["encoder.1.0.bn1.weight"].grad().defined());
  EXPECT_TRUE(network->named_parameters()["encoder.1.0.bn2.weight"].grad().defined());
}

TEST(W2v2Aasist, RefusesAnotherLength) {
  const auto network = tiny();

  test::expect_error(
      ErrorKind::Usage,
      [&] {
        network->logits(torch::zeros({2, 1599}));
      },
      "1600 samples");
}

/// Weights and statistics after three steps of Adam on a batch of six, split by `sizes`.
std::vector<NamedTensor> trained(const std::vector<std::int64_t>& sizes) {
  const auto parts = batch(6, torch::kFloat64).split_with_sizes(sizes);
  std::vector<std::shared_ptr<Network>> networks;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    networks.push_back(tiny());
    networks.back()->to(torch::kFloat64);
  }
  test::on_thread_ranks(static_cast<int>(sizes.size()), [&](int rank, const SumOverRanks& sum) {
    auto& network = *networks[static_cast<std::size_t>(rank)];
    if (sizes.size() > 1) network.synchronise_batch_norm(sum);
    torch::optim::Adam adam(network.parameters(), torch::optim::AdamOptions(1e-3));
    for (int step = 0; step < 3; ++step) {
      adam.zero_grad();
      auto loss = torch::zeros({}, torch::kFloat64);
      for (const auto& logits : network.logits(parts[static_cast<std::size_t>(rank)])) {
        loss = loss + (logits.square().sum() + logits.select(1, 0).sum()) / 6;
      }
      loss.backward();
      for (auto& parameter : network.parameters()) {
        if (parameter.grad().defined()) sum(parameter.mutable_grad());
      }
      adam.step();
    }
  });
  return state_of(*networks.back());
}

TEST(W2v2Aasist, TrainsOnRanksAsOnTheJoinedBatch) {
  const auto one = trained({6});
  for (const auto& sizes : {std::vector<std::int64_t>{3, 3}, {1, 5}, {6, 0}}) {
    const auto several = trained(sizes);
    for (std::size_t i = 0; i < one.size(); ++i) {
      const auto difference = (several[i].tensor - one[i].tensor).abs().max().item<double>();
      EXPECT_LE(difference, 1e-9) << one[i].name << " with " << sizes[0] << " + " << sizes[1];
    }
  }
}

}  // namespace
}  // namespace codectrace::model
