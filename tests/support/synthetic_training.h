#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "model/factory.h"
#include "tests/support/reconstructing_network.h"
#include "tests/support/tiny_training.h"
#include "tests/support/without_dropout.h"
#include "train/mask_seed.h"
#include "train/step.h"

/// Training steps on data that is made up, all dropout off: what two ways of taking the same steps
/// are compared on.
namespace codectrace::train {

inline constexpr std::int64_t kSamples = 2000;
inline constexpr std::uint64_t kEntries = 64;

/// Waveform and labels of an entry are functions of its number; some labels are unknown.
struct Data {
  torch::Tensor waveforms;  // [entries, T]
  torch::Tensor targets;    // [entries, 4]
};

inline Data synthetic_data() {
  Data data{torch::empty({kEntries, kSamples}, torch::kFloat64),
            torch::empty({kEntries, 4}, torch::kInt64)};
  const std::array<std::uint64_t, 4> classes{2, 3, 3, 4};
  for (std::uint64_t entry = 0; entry < kEntries; ++entry) {
    const CounterRandom random(1, "data", 0, entry);
    const auto row = static_cast<std::int64_t>(entry);
    for (std::int64_t i = 0; i < kSamples; ++i) {
      data.waveforms[row][i] = random.normal(static_cast<std::uint64_t>(i));
    }
    for (std::int64_t k = 0; k < 4; ++k) {
      const auto draw = static_cast<std::uint64_t>(1000 + k);
      const bool unknown = k > 0 && random.uniform(2000 + draw) < 0.2;
      const auto code = random.below(classes[static_cast<std::size_t>(k)], draw);
      data.targets[row][k] = unknown ? -1 : static_cast<std::int64_t>(code);
    }
  }
  return data;
}

/// A network with its training around it, the same on every rank; it computes on options.device.
struct Training {
  using MakeNetwork = std::shared_ptr<model::Network> (*)();

  Training(comm::Communicator& comm_, torch::ScalarType type, const StepOptions& options = small(),
           MakeNetwork make_network = small_network)
      : comm(comm_) {
    torch::manual_seed(3);
    network = make_network();
    network->to(options.device, type);
    loss = network->reconstructs() ? uncertain_loss() : learnable_loss();
    loss->to(options.device, type);
    optimizer = std::make_unique<Optimizer>(trained_parameters(*network, loss),
                                            optimizer_config(make_network), "ssl_model.");
    step = std::make_unique<TrainingStep>(*network, loss, *optimizer, comm, options);
  }

  static StepOptions small() {
    StepOptions options;
    options.buckets = {.first_bytes = 200, .bytes = 1500};  // several buckets for few parameters
    return options;
  }
  static OptimizerConfig optimizer_config(MakeNetwork make_network) {
    OptimizerConfig config;
    config.lr = 0.01;
    config.encoder_lr_factor = 0.5;
    config.loss_lr = 0.02;
    if (make_network == w2v2_aasist || make_network == sast_net) {
      // Biases before a softmax or a batch norm have no gradient but rounding, 1e-16. Adam divides
      // by its size plus eps 1e-8 and, through the decay, feeds it back: kept below 1e-9 by these.
      config.lr = 0.001;
      config.weight_decay = 0;
    }
    return config;
  }
  static std::shared_ptr<model::Network> small_network() {
    return std::make_shared<test::SmallNetwork>(kSamples, test::four_heads());
  }
  static std::shared_ptr<model::Network> w2v2_aasist() {
    model::ModelConfig config = test::tiny_training({}, {}).model;
    config.input_samples = kSamples;
    return model::make_network(test::without_dropout(config), test::four_heads());
  }
  /// It has the last of the four heads.
  static std::shared_ptr<model::Network> reconstructing() {
    return std::make_shared<test::ReconstructingNetwork>(kSamples, test::four_heads().back());
  }
  static std::shared_ptr<model::Network> sast_net() {
    const auto config = model::preset_config(model::Architecture::SastNet, model::Preset::Small);
    return model::make_network(test::without_dropout(config), test::four_heads());
  }
  static WeightedLoss learnable_loss() {
    const std::vector<TaskLoss> tasks{{"BIN", {0.1, 0.9}},
                                      {"AUX", {0.1, 0.3, 0.6}},
                                      {"DEC", {0.1, 0.45, 0.45}},
                                      {"VQ", {0.1, 0.3, 0.3, 0.3}}};
    return WeightedLoss(tasks, TaskWeighting::Learnable, std::vector<double>{});
  }
  static WeightedLoss uncertain_loss() {
    return WeightedLoss(std::vector<TaskLoss>{{"VQ", {0.1, 0.3, 0.3, 0.3}}},
                        TaskWeighting::Uncertainty, std::vector<double>{}, /*margin=*/0.1);
  }

  StepReport run(const Data& data, const Sampling& sampling, std::uint64_t number) {
    std::vector<Batch> batches;
    for (std::uint64_t micro = 0; micro < sampling.micro_batches; ++micro) {
      const auto draws = draw_share(sampling, number,
                                    {micro, static_cast<std::uint64_t>(comm.rank()),
                                     static_cast<std::uint64_t>(comm.size())});
      Batch batch;
      std::vector<std::int64_t> rows;
      for (const Draw& draw : draws) {
        rows.push_back(static_cast<std::int64_t>(draw.entry));
        batch.utterances.push_back(draw.entry);
        batch.mask_seeds.push_back(
            mask_seed(sampling.seed, number / steps_per_epoch(sampling), draw.entry));
      }
      const torch::Tensor index = torch::tensor(rows, torch::kInt64);
      const std::int64_t samples = network->input_samples();
      batch.waveform = data.waveforms.index_select(0, index)
                           .repeat({1, (samples + kSamples - 1) / kSamples})
                           .narrow(1, 0, samples);
      const std::int64_t heads = std::ssize(network->heads());
      batch.targets = data.targets.index_select(0, index).slice(1, 4 - heads);  // the last ones
      batches.push_back(std::move(batch));
    }
    return step->run(number, 1.0, batches,
                     [](std::uint64_t index) { return "utterance_" + std::to_string(index); });
  }

  comm::Communicator& comm;
  std::shared_ptr<model::Network> network;
  WeightedLoss loss{nullptr};
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<TrainingStep> step;
};

inline Sampling uneven_batches(std::uint64_t micro_batches = 1) {
  Sampling sampling;
  sampling.entries = kEntries;
  sampling.batch_size = 13;  // doesn't divide by 2 or 4
  sampling.micro_batches = micro_batches;
  return sampling;
}

/// Both take the same steps: losses, terms and the weights after them.
inline void expect_same_training(Training& expected, Training& found, const Sampling& sampling,
                                 std::uint64_t steps, double tolerance) {
  const Data data = synthetic_data();
  for (std::uint64_t number = 0; number < steps; ++number) {
    const StepReport one = expected.run(data, sampling, number);
    const StepReport other = found.run(data, sampling, number);
    EXPECT_NEAR(other.loss, one.loss, tolerance);
    ASSERT_EQ(other.by_term.size(), expected.loss->terms().size());
    for (std::size_t k = 0; k < other.by_term.size(); ++k)
      EXPECT_NEAR(other.by_term[k], one.by_term[k], tolerance);
  }
  const auto before = expected.optimizer->parameters();
  const auto after = found.optimizer->parameters();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const torch::Tensor difference = after[i].tensor.cpu() - before[i].tensor.cpu();
    EXPECT_LT(difference.abs().max().item<double>(), tolerance) << before[i].name;
  }
}

}  // namespace codectrace::train
