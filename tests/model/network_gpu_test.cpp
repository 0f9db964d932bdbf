#include "model/network.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include <torch/torch.h>

#include "model/factory.h"
#include "model/scorer.h"
#include "tests/support/gpu_test.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tiny_sast_net.h"

namespace codectrace::model {
namespace {

constexpr std::int64_t kUtterances = 5;

/// A network with one set of weights on the CPU and on the GPU.
class NetworkOnGpu : public test::GpuTest, public testing::WithParamInterface<Architecture> {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (IsSkipped()) return;
    const auto config =
        GetParam() == Architecture::SastNet ? test::tiny_sast_net() : test::tiny_model();
    torch::manual_seed(1);
    cpu_ = make_network(config, test::four_tasks());
    torch::manual_seed(1);
    network_ = make_network(config, test::four_tasks());
    network_->to(gpu_);
    torch::manual_seed(2);
    input_.waveform = 0.1 * torch::randn({kUtterances, cpu_->input_samples()});
  }

  /// Largest difference of logits, of the largest logit.
  [[nodiscard]] double difference(Precision precision) {
    const auto expected = answer_of(*cpu_, input_, Precision::Fp32).logits;
    const auto found = answer_of(*network_, input_, precision).logits;
    return test::relative_difference(torch::cat(found, 1), torch::cat(expected, 1));
  }

  std::shared_ptr<Network> cpu_;
  std::shared_ptr<Network> network_;
  Input input_;
};

TEST_P(NetworkOnGpu, AnswersAsOnTheCpu) { EXPECT_LT(difference(Precision::Fp32), 1e-5); }

TEST_P(NetworkOnGpu, AnswersNearlySoInShorterPrecisions) {
  EXPECT_LT(difference(Precision::Tf32), 2e-2);
  EXPECT_LT(difference(Precision::Bf16), 1e-1);
}

TEST_P(NetworkOnGpu, AnswersAnUtteranceAloneAsInABatch) {
  const auto together = answer_of(*network_, input_, Precision::Fp32).logits[0];

  for (std::int64_t i = 0; i < kUtterances; ++i) {
    Input alone;
    alone.waveform = input_.waveform.narrow(0, i, 1);
    const auto logits = answer_of(*network_, alone, Precision::Fp32).logits[0];
    EXPECT_LT(test::relative_difference(logits, together.narrow(0, i, 1)), 1e-5);
  }
}

TEST_P(NetworkOnGpu, DrawsTheCpusTokenOrder) {
  input_.drawing = Drawing::TokenOrder;
  input_.seeds = {1, 2, 3, 4, 5};

  EXPECT_LT(difference(Precision::Fp32), 1e-5);
}

TEST_P(NetworkOnGpu, GivesTheCpusFeaturesOfTheFrozenPart) {
  if (network_->frozen_part() == nullptr) return;

  const torch::InferenceMode inference;
  const auto expected = cpu_->frozen_part()->compute(input_.waveform);
  const auto found = network_->frozen_part()->compute(input_.waveform.to(gpu_));

  EXPECT_TRUE(found.is_cuda());
  EXPECT_LT(test::relative_difference(found, expected), 1e-4);
}

TEST_P(NetworkOnGpu, ComesBackFromTheGpuWithTheSameWeights) {
  network_->to(torch::kCPU);
  const auto expected = answer_of(*cpu_, input_, Precision::Fp32).logits;
  const auto found = answer_of(*network_, input_, Precision::Fp32).logits;

  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(found[i].equal(expected[i]));
}

INSTANTIATE_TEST_SUITE_P(Architectures, NetworkOnGpu,
                         testing::Values(Architecture::W2v2Aasist, Architecture::SastNet),
                         [](const auto& name) {
                           return name.param == Architecture::SastNet ? "SastNet" : "W2v2Aasist";
                         });

}  // namespace
}  // namespace codectrace::model
