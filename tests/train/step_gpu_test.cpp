#include "train/step.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "comm/nccl.h"
#include "comm/self.h"
#include "tests/support/gpu_test.h"
#include "tests/support/synthetic_training.h"

namespace codectrace::train {
namespace {

/// A GPU's steps, reduced by NCCL, beside a CPU's.
class TrainingStepOnGpu : public test::GpuTest {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (!IsSkipped())
      nccl_ = comm::make_nccl_communicator(std::make_unique<comm::SelfCommunicator>());
  }

  [[nodiscard]] StepOptions on_gpu(model::Precision precision = model::Precision::Fp32) const {
    StepOptions options = Training::small();
    options.device = gpu_;
    options.precision = precision;
    return options;
  }

  void expect_the_cpus_steps(Training::MakeNetwork make_network, const Sampling& sampling,
                             std::uint64_t steps) {
    comm::SelfCommunicator alone;
    Training cpu(alone, torch::kFloat64, Training::small(), make_network);
    Training gpu(*nccl_, torch::kFloat64, on_gpu(), make_network);

    expect_same_training(cpu, gpu, sampling, steps, 1e-9);
  }

  std::unique_ptr<comm::Communicator> nccl_;
};

TEST_F(TrainingStepOnGpu, IsTheCpusWithAWholeW2v2Aasist) {
  expect_the_cpus_steps(Training::w2v2_aasist, uneven_batches(), 6);
}

TEST_F(TrainingStepOnGpu, IsTheCpusWithMicroBatchesThatReconstruct) {
  expect_the_cpus_steps(Training::reconstructing, uneven_batches(3), 6);
}

TEST_F(TrainingStepOnGpu, IsTheCpusWithAWholeSastNetAndItsMasks) {
  Sampling sampling = uneven_batches();
  sampling.batch_size = 5;
  expect_the_cpus_steps(Training::sast_net, sampling, 2);
}

TEST_F(TrainingStepOnGpu, GivesTheSameBitsAgain) {
  const Data data = synthetic_data();
  const auto trained = [&] {
    Training training(*nccl_, torch::kFloat32, on_gpu(), Training::small_network);
    for (std::uint64_t number = 0; number < 4; ++number)
      training.run(data, uneven_batches(), number);
    return training.optimizer->parameters();
  };

  const auto first = trained();
  const auto again = trained();

  for (std::size_t i = 0; i < first.size(); ++i)
    EXPECT_TRUE(first[i].tensor.equal(again[i].tensor)) << first[i].name;
}

TEST_F(TrainingStepOnGpu, LearnsAsMuchInShorterPrecisions) {
  const Data data = synthetic_data();
  const auto losses = [&](model::Precision precision) {
    Training training(*nccl_, torch::kFloat32, on_gpu(precision), Training::w2v2_aasist);
    std::vector<double> all;
    for (std::uint64_t number = 0; number < 6; ++number)
      all.push_back(training.run(data, uneven_batches(), number).loss);
    return all;
  };

  const auto full = losses(model::Precision::Fp32);
  const auto tf32 = losses(model::Precision::Tf32);
  const auto bf16 = losses(model::Precision::Bf16);

  for (std::size_t i = 0; i < full.size(); ++i) {
    EXPECT_NEAR(tf32[i], full[i], 0.02) << "step " << i;
    EXPECT_NEAR(bf16[i], full[i], 0.1) << "step " << i;
  }
}

TEST_F(TrainingStepOnGpu, ClipsAndSkipsAsTheCpu) {
  StepOptions options = Training::small();
  options.clip_norm = 0.05;
  options.on_bad_loss = OnBadLoss::Skip;
  comm::SelfCommunicator alone;
  Training cpu(alone, torch::kFloat64, options, Training::w2v2_aasist);
  options.device = gpu_;
  Training gpu(*nccl_, torch::kFloat64, options, Training::w2v2_aasist);
  Data data = synthetic_data();

  const StepReport expected = cpu.run(data, uneven_batches(), 0);
  const StepReport found = gpu.run(data, uneven_batches(), 0);
  const auto kept = gpu.optimizer->parameters().front().tensor.clone();
  data.waveforms.fill_(std::numeric_limits<double>::infinity());
  const StepReport bad = gpu.run(data, uneven_batches(), 1);

  EXPECT_GT(expected.gradient_norm, options.clip_norm);
  EXPECT_NEAR(found.gradient_norm, expected.gradient_norm, 1e-9);
  EXPECT_NE(bad.skipped.find("the loss is not finite"), std::string::npos) << bad.skipped;
  EXPECT_TRUE(gpu.optimizer->parameters().front().tensor.equal(kept));
}

}  // namespace
}  // namespace codectrace::train
