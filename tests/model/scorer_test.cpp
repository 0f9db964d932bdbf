#include "model/scorer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/factory.h"
#include "tests/support/reconstructing_network.h"
#include "tests/support/tiny_model.h"

namespace codectrace::model {
namespace {

const Head kBinary{"BIN", {"spoof", "bonafide"}};
const std::vector<Head> kM2Heads{{"AUX", {"REAL", "a", "b"}},
                                 {"DEC", {"REAL", "TIME", "FREQ"}},
                                 {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}};

TEST(Scorer, TakesTheBonafideClassOfTheBinaryHead) {
  const std::vector<float> logits{-1.0F, 2.0F};

  const auto score = detection_score({kBinary}, {logits});

  EXPECT_NEAR(score.probability, 1 / (1 + std::exp(-3.0)), 1e-12);
  EXPECT_NEAR(score.llr, 3.0, 1e-12);
}

TEST(Scorer, FindsTheBonafideClassByItsName) {
  const std::vector<float> logits{2.0F, -1.0F};

  EXPECT_NEAR(detection_score({{"BIN", {"bonafide", "spoof"}}}, {logits}).llr, 3.0, 1e-12);
}

TEST(Scorer, KeepsTheOrderOfScoresWhoseProbabilityRoundsToOne) {
  const std::vector<float> high{-60.0F, 60.0F};
  const std::vector<float> higher{-70.0F, 70.0F};

  const auto one = detection_score({kBinary}, {high});
  const auto other = detection_score({kBinary}, {higher});

  EXPECT_EQ(one.probability, other.probability);
  EXPECT_LT(one.llr, other.llr);
  EXPECT_TRUE(std::isfinite(other.llr));
}

TEST(Scorer, CombinesSpoofMassesWithoutABinaryHead) {
  const std::vector<float> aux{1.0F, 0.0F, -1.0F};
  const std::vector<float> dec{-0.5F, 0.25F, 2.0F};
  const std::vector<float> vq{0.0F, 0.0F, 0.0F, 0.0F};
  double product = 1;
  for (const auto* head : {&aux, &dec, &vq}) {
    double sum = 0;
    for (const float logit : *head) sum += std::exp(static_cast<double>(logit));
    product *= 1 - std::exp(static_cast<double>((*head)[0])) / sum;
  }

  const auto score = detection_score(kM2Heads, {aux, dec, vq});

  EXPECT_NEAR(score.probability, 1 - std::cbrt(product), 1e-12);
}

TEST(Scorer, StaysFiniteWhereBonafideMassVanishes) {
  const std::vector<float> aux{-200.0F, 200.0F, 0.0F};
  const std::vector<float> vq{-200.0F, 200.0F, 0.0F, 0.0F};

  const auto score = detection_score(kM2Heads, {aux, aux, vq});

  EXPECT_TRUE(std::isfinite(score.llr));
  EXPECT_GE(score.probability, 0.0);
}

TEST(Scorer, ProbabilitiesSumToOneForAnyFiniteLogits) {
  const std::vector<float> logits{3e38F, -3e38F, 3e38F};

  const auto probabilities = softmax(logits);

  EXPECT_EQ(probabilities, (std::vector<double>{0.5, 0.0, 0.5}));
}

TEST(Scorer, GivesALargeBatchWhatEachUtteranceGetsAlone) {
  torch::manual_seed(2);
  const auto network = make_network(test::tiny_model(), test::four_tasks());
  const auto waveform = torch::randn({9, network->input_samples()});

  const auto together = logits_of(*network, waveform, Precision::Fp32);

  ASSERT_EQ(together.size(), 4U);
  for (std::int64_t i = 0; i < 9; ++i) {
    const auto alone = logits_of(*network, waveform.narrow(0, i, 1), Precision::Fp32);
    for (std::size_t head = 0; head < together.size(); ++head) {
      ASSERT_EQ(together[head].size(0), 9);
      EXPECT_LE((together[head][i] - alone[head][0]).abs().max().item<float>(), 1e-5F);
    }
  }
}

TEST(Scorer, AWholeAnswerKeepsSeedsWithTheirUtterances) {
  torch::manual_seed(2);
  test::ReconstructingNetwork network(400, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}});
  Input input;
  input.waveform = torch::randn({9, 400});
  input.drawing = Drawing::Masks;
  for (std::uint64_t i = 0; i < 9; ++i) input.seeds.push_back(100 + i);

  const Output together = answer_of(network, input, Precision::Fp32);

  ASSERT_EQ(together.reconstruction_errors.sizes(), (std::vector<std::int64_t>{9, 4}));
  for (std::int64_t i = 0; i < 9; ++i) {
    Input alone = input;
    alone.waveform = input.waveform.narrow(0, i, 1);
    alone.seeds = {input.seeds[static_cast<std::size_t>(i)]};
    const Output expected = answer_of(network, alone, Precision::Fp32);
    EXPECT_TRUE(torch::allclose(together.logits[0][i], expected.logits[0][0], 0, 1e-5));
    EXPECT_TRUE(torch::allclose(together.reconstruction_errors[i],
                                expected.reconstruction_errors[0], 0, 1e-5));
  }
}

TEST(Scorer, GivesFloatLogitsOnTheHostInEvaluationMode) {
  torch::manual_seed(1);
  const auto network = make_network(test::tiny_model(), test::four_tasks());
  const auto waveform = torch::randn({3, network->input_samples()});

  const auto once = logits_of(*network, waveform, Precision::Fp32);
  const auto again = logits_of(*network, waveform, Precision::Fp32);
  network->to(torch::kFloat64);
  const auto in_double = logits_of(*network, waveform, Precision::Fp32);
  ASSERT_EQ(once.size(), 4U);
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_TRUE(once[i].equal(again[i]));  // no dropout
    EXPECT_EQ(in_double[i].scalar_type(), torch::kFloat32);
    EXPECT_LE((once[i] - in_double[i]).abs().max().item<float>(), 1e-4F);
  }
}

}  // namespace
}  // namespace codectrace::model
