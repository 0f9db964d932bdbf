#include "train/step.h"

#include <gtest/gtest.h>

#include "comm/self.h"
#include "core/random.h"
#include "model/factory.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_network.h"
#include "tests/support/test_communicator.h"
#include "tests/support/tiny_training.h"

namespace codectrace::train {
namespace {

constexpr std::int64_t kSamples = 2000;
constexpr std::uint64_t kEntries = 64;

/// Waveform and labels of an entry are functions of its number; some labels are unknown.
struct Data {
  torch::Tensor waveforms;  // [entries, T]
  torch::Tensor targets;    // [entries, 4]
};

Data synthetic_data() {
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

/// A network with its training around it, the same on every rank.
struct Training {
  using MakeNetwork = std::shared_ptr<model::Network> (*)();

  Training(comm::Communicator& comm_, torch::ScalarType type, const StepOptions& options = small(),
           MakeNetwork make_network = small_network)
      : comm(comm_), loss(seeded_loss(type)) {
    torch::manual_seed(3);
    network = make_network();
    network->to(type);
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
    if (make_network == w2v2_aasist) {
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
    config.encoder.dropout_input = 0;
    config.backend.graph_dropout = 0;
    config.backend.pool_dropout = 0;
    config.backend.readout_dropout = 0;
    config.backend.output_dropout = 0;
    return model::make_network(config, test::four_heads());
  }
  static WeightedLoss seeded_loss(torch::ScalarType type) {
    const std::vector<TaskLoss> tasks{{"BIN", {0.1, 0.9}},
                                      {"AUX", {0.1, 0.3, 0.6}},
                                      {"DEC", {0.1, 0.45, 0.45}},
                                      {"VQ", {0.1, 0.3, 0.3, 0.3}}};
    WeightedLoss loss(tasks, WeightedLossImpl::TaskWeights::Learnable, std::vector<double>{});
    loss->to(type);
    return loss;
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
      }
      const torch::Tensor index = torch::tensor(rows, torch::kInt64);
      batch.waveform = data.waveforms.index_select(0, index);
      batch.targets = data.targets.index_select(0, index);
      batches.push_back(std::move(batch));
    }
    return step->run(number, 1.0, batches,
                     [](std::uint64_t index) { return "utterance_" + std::to_string(index); });
  }

  comm::Communicator& comm;
  std::shared_ptr<model::Network> network;
  WeightedLoss loss;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<TrainingStep> step;
};

Sampling uneven_batches(std::uint64_t micro_batches = 1) {
  Sampling sampling;
  sampling.entries = kEntries;
  sampling.batch_size = 13;  // doesn't divide by 2 or 4
  sampling.micro_batches = micro_batches;
  return sampling;
}

void expect_equal_training(std::uint64_t micro_batches,
                           Training::MakeNetwork make_network = Training::small_network) {
  const Data data = synthetic_data();
  comm::SelfCommunicator alone;
  Training one(alone, torch::kFloat64, Training::small(), make_network);
  Training many(test::test_communicator(), torch::kFloat64, Training::small(), make_network);

  for (std::uint64_t number = 0; number < 6; ++number) {
    const StepReport expected = one.run(data, uneven_batches(micro_batches), number);
    const StepReport found = many.run(data, uneven_batches(micro_batches), number);
    EXPECT_NEAR(found.loss, expected.loss, 1e-9);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(found.by_task[k], expected.by_task[k], 1e-9);
  }
  const auto expected = one.optimizer->parameters();
  const auto found = many.optimizer->parameters();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_LT((found[i].tensor - expected[i].tensor).abs().max().item<double>(), 1e-9)
        << expected[i].name;
  }
}

TEST(TrainingStep, SeveralRanksDoWhatOneDoesOnTheSameGlobalBatch) { expect_equal_training(1); }

TEST(TrainingStep, SeveralRanksDoWhatOneDoesWithAWholeW2v2Aasist) {
  expect_equal_training(1, Training::w2v2_aasist);
}

TEST(TrainingStep, MicroBatchesAddUpOverRanksToo) { expect_equal_training(3); }

TEST(TrainingStep, FirstGradientsAgreeInFloat32) {
  const Data data = synthetic_data();
  comm::SelfCommunicator alone;
  Training one(alone, torch::kFloat32);
  Training many(test::test_communicator(), torch::kFloat32);

  one.run(data, uneven_batches(), 0);
  many.run(data, uneven_batches(), 0);

  const auto expected = one.optimizer->parameters();
  const auto found = many.optimizer->parameters();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(found[i].tensor.grad().defined(), expected[i].tensor.grad().defined());
    if (!expected[i].tensor.grad().defined()) continue;
    EXPECT_LT((found[i].tensor.grad() - expected[i].tensor.grad()).abs().max().item<double>(), 1e-4)
        << expected[i].name;
  }
}

TEST(TrainingStep, AllRanksHaveTheSameBits) {
  const Data data = synthetic_data();
  auto& comm = test::test_communicator();
  Training training(comm, torch::kFloat32);

  for (std::uint64_t number = 0; number < 4; ++number) training.run(data, uneven_batches(), number);

  for (const auto& parameter : training.optimizer->parameters()) {
    torch::Tensor root = parameter.tensor.detach().clone();
    comm.broadcast({root.data_ptr(), static_cast<std::size_t>(root.numel()),
                    comm::DataType::Float32, comm::Device::Host},
                   0);
    EXPECT_TRUE(torch::equal(root, parameter.tensor)) << parameter.name;
  }
}

TEST(TrainingStep, AParameterWithoutGradientStaysAsItIs) {
  const Data data = synthetic_data();
  Training training(test::test_communicator(), torch::kFloat32);

  training.run(data, uneven_batches(), 0);

  for (const auto& parameter : training.optimizer->parameters()) {
    if (parameter.name != "unused") continue;
    EXPECT_FALSE(parameter.tensor.grad().defined());
    EXPECT_TRUE(torch::equal(parameter.tensor, torch::ones({3})));
  }
}

TEST(TrainingStep, ALossThatIsNotFiniteStopsEveryRankAndNamesTheUtterances) {
  Data data = synthetic_data();
  auto& comm = test::test_communicator();
  Training training(comm, torch::kFloat32);
  const auto share = draw_share(
      uneven_batches(), 0,
      {0, static_cast<std::uint64_t>(comm.size() - 1), static_cast<std::uint64_t>(comm.size())});
  const std::uint64_t bad = share.back().entry;
  data.waveforms[static_cast<std::int64_t>(bad)][0] = std::numeric_limits<double>::quiet_NaN();
  const torch::Tensor before = training.optimizer->parameters()[0].tensor.detach().clone();

  test::expect_error(
      ErrorKind::BadData, [&] { training.run(data, uneven_batches(), 0); }, "step 1",
      "utterance_" + std::to_string(bad), "rank " + std::to_string(comm.size() - 1));

  EXPECT_TRUE(torch::equal(training.optimizer->parameters()[0].tensor, before));
}

TEST(TrainingStep, ClipsTheGlobalGradient) {
  const Data data = synthetic_data();
  StepOptions options = Training::small();
  options.clip_norm = 0.01;
  Training training(test::test_communicator(), torch::kFloat64, options);

  const StepReport report = training.run(data, uneven_batches(), 0);

  EXPECT_GT(report.gradient_norm, 0.01);
  EXPECT_NEAR(training.optimizer->clip_gradients(0), 0.01, 1e-9);
}

}  // namespace
}  // namespace codectrace::train
