#include "train/loss.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/support/expect_error.h"

namespace codectrace::train {
namespace {

using Rows = std::vector<std::vector<double>>;

const Rows kBinary{{0.3, -1.2}, {2.0, 0.1}, {-0.4, 0.9}};
const Rows kDecoder{{0.2, 0.1, -0.7}, {1.5, -0.3, 0.0}, {0.0, 0.4, 2.2}};

WeightedLoss two_task_loss(TaskWeighting kind, const std::vector<double>& v = {}) {
  const std::vector<TaskLoss> tasks{{"BIN", {0.1, 0.9}}, {"DEC", {0.1, 0.45, 0.45}}};
  return WeightedLoss(tasks, kind, v);
}

torch::Tensor tensor(const Rows& rows) {
  std::vector<torch::Tensor> stacked;
  for (const auto& row : rows) stacked.push_back(torch::tensor(row, torch::kFloat64));
  return torch::stack(stacked);
}

torch::Tensor targets(const std::vector<std::vector<std::int64_t>>& rows) {
  std::vector<torch::Tensor> stacked;
  for (const auto& row : rows) stacked.push_back(torch::tensor(row, torch::kInt64));
  return torch::stack(stacked);
}

model::Output answer(const std::vector<torch::Tensor>& logits,
                     const torch::Tensor& reconstruction_errors = {}) {
  model::Output output;
  output.logits = logits;
  output.reconstruction_errors = reconstruction_errors;
  return output;
}

/// −log softmax(row)[answer], in plain arithmetic.
double surprise(const std::vector<double>& row, std::size_t answer) {
  double sum = 0;
  for (const double value : row) sum += std::exp(value);
  return std::log(sum) - row[answer];
}

TEST(WeightedLoss, IsTheWeightedMeanThatPlainArithmeticGives) {
  auto loss = two_task_loss(TaskWeighting::Fixed);
  const auto labels = targets({{0, 1}, {1, 0}, {1, 2}});

  const BatchLoss result =
      loss->forward(answer({tensor(kBinary), tensor(kDecoder)}), labels, loss->weight_sums(labels));

  const double binary = (0.1 * surprise(kBinary[0], 0) + 0.9 * surprise(kBinary[1], 1) +
                         0.9 * surprise(kBinary[2], 1)) /
                        1.9;
  const double decoder = 0.45 * surprise(kDecoder[0], 1) + 0.1 * surprise(kDecoder[1], 0) +
                         0.45 * surprise(kDecoder[2], 2);
  EXPECT_NEAR(result.by_term[0].item<double>(), binary, 1e-12);
  EXPECT_NEAR(result.by_term[1].item<double>(), decoder, 1e-12);
  EXPECT_NEAR(result.total.item<double>(), 0.5 * (binary + decoder), 1e-7);  // v is float32
}

TEST(WeightedLoss, LeavesUnknownClassesOutOfTheirTaskOnly) {
  auto loss = two_task_loss(TaskWeighting::Fixed);
  const auto labels = targets({{0, -1}, {1, 0}, {1, 2}});

  const BatchLoss result =
      loss->forward(answer({tensor(kBinary), tensor(kDecoder)}), labels, loss->weight_sums(labels));

  const double decoder = (0.1 * surprise(kDecoder[1], 0) + 0.45 * surprise(kDecoder[2], 2)) / 0.55;
  EXPECT_NEAR(result.by_term[1].item<double>(), decoder, 1e-12);
  EXPECT_GT(result.by_term[0].item<double>(), 0);
}

TEST(WeightedLoss, ATaskWithoutLabelsGivesZeroAndZeroGradient) {
  auto loss = two_task_loss(TaskWeighting::Fixed);
  const auto labels = targets({{0, -1}, {1, -1}, {1, -1}});
  const torch::Tensor decoder = tensor(kDecoder).requires_grad_();

  const BatchLoss result =
      loss->forward(answer({tensor(kBinary), decoder}), labels, loss->weight_sums(labels));
  result.total.backward();

  EXPECT_EQ(result.by_term[1].item<double>(), 0.0);
  EXPECT_EQ(decoder.grad().abs().sum().item<double>(), 0.0);
}

TEST(WeightedLoss, PartsOfABatchAddUpToTheWhole) {
  auto loss = two_task_loss(TaskWeighting::Fixed);
  const auto labels = targets({{0, 1}, {1, 0}, {1, -1}});
  const std::vector<torch::Tensor> logits{tensor(kBinary), tensor(kDecoder)};
  const torch::Tensor sums = loss->weight_sums(labels);
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    return loss->forward(answer({logits[0].slice(0, begin, end), logits[1].slice(0, begin, end)}),
                         labels.slice(0, begin, end), sums);
  };

  const BatchLoss whole = loss->forward(answer(logits), labels, sums);
  const torch::Tensor added = part(0, 1).total + part(1, 3).total;

  EXPECT_NEAR(added.item<double>(), whole.total.item<double>(), 1e-14);
}

TEST(WeightedLoss, FixedTaskWeightsAreTheSoftmaxOfWhatIsGiven) {
  auto loss = two_task_loss(TaskWeighting::Fixed, {0.0, std::log(3.0)});

  EXPECT_NEAR(loss->term_weights()[1].item<double>(), 0.75, 1e-6);
  EXPECT_TRUE(loss->parameters().empty());
}

TEST(WeightedLoss, LearnableTaskWeightsGetTheGradientOfTheirSoftmax) {
  auto loss = two_task_loss(TaskWeighting::Learnable);
  const auto labels = targets({{0, 1}, {1, 0}, {1, 2}});

  const BatchLoss result =
      loss->forward(answer({tensor(kBinary), tensor(kDecoder)}), labels, loss->weight_sums(labels));
  result.total.backward();

  // d(Σ s_k l_k)/dv_0 = s_0 s_1 (l_0 − l_1) with s_0 = s_1 = 1/2.
  const double difference = result.by_term[0].item<double>() - result.by_term[1].item<double>();
  ASSERT_EQ(loss->parameters().size(), 1U);
  EXPECT_NEAR(loss->parameters()[0].grad()[0].item<double>(), 0.25 * difference, 1e-6);
}

TEST(WeightedLoss, OtherThanUncertaintyAddsNothing) {
  EXPECT_EQ(two_task_loss(TaskWeighting::Fixed)->penalty().item<double>(), 0.0);
  EXPECT_EQ(two_task_loss(TaskWeighting::Learnable)->penalty().item<double>(), 0.0);
}

/// One head of three classes, a decoder each; in double, with p given.
class ReconstructionLoss : public testing::Test {
 protected:
  static constexpr double kMargin = 0.1;
  static inline const std::vector<double> kP{0.8, 1.5};
  // Of the right class: 0.50, 0.75, 0.20. Second sample: the others are worse by more than the
  // margin. Third: one is better, the other worse by less than the margin.
  static inline const Rows kErrors{{0.50, 0.55, 0.30}, {0.90, 0.75, 0.95}, {0.15, 0.28, 0.20}};

  static WeightedLoss make(TaskWeighting weighting = TaskWeighting::Uncertainty,
                           const std::vector<double>& p = kP) {
    WeightedLoss loss(std::vector<TaskLoss>{{"DEC", {0.1, 0.45, 0.45}}}, weighting, p, kMargin);
    loss->to(torch::kFloat64);
    return loss;
  }
  static BatchLoss of(WeightedLoss& loss, const torch::Tensor& labels,
                      const torch::Tensor& errors = tensor(kErrors)) {
    return loss->forward(answer({tensor(kDecoder)}, errors), labels, loss->weight_sums(labels));
  }

  const torch::Tensor labels_ = targets({{0}, {1}, {2}});
  // e_y + ½ Σ max(0, 0.1 + e_y − e_d)
  const std::vector<double> expected_{0.50 + (0.05 + 0.30) / 2, 0.75, 0.20 + (0.15 + 0.02) / 2};
};

TEST_F(ReconstructionLoss, IsTheRightDecodersErrorAndWhatOthersUndercutIt) {
  auto loss = make();

  const BatchLoss result = of(loss, labels_);

  EXPECT_EQ(loss->terms(), (std::vector<std::string>{"reconstruction", "DEC"}));
  EXPECT_NEAR(result.by_term[0].item<double>(), (expected_[0] + expected_[1] + expected_[2]) / 3,
              1e-12);
  const double cross_entropy = 0.1 * surprise(kDecoder[0], 0) + 0.45 * surprise(kDecoder[1], 1) +
                               0.45 * surprise(kDecoder[2], 2);
  EXPECT_NEAR(result.by_term[1].item<double>(), cross_entropy, 1e-12);
}

TEST_F(ReconstructionLoss, UnlabelledSamplesAreLeftOutOfSumAndCount) {
  auto loss = make();
  const torch::Tensor errors = tensor(kErrors).requires_grad_();

  const BatchLoss result = of(loss, targets({{0}, {-1}, {2}}), errors);
  result.total.backward();

  EXPECT_NEAR(result.by_term[0].item<double>(), (expected_[0] + expected_[2]) / 2, 1e-12);
  EXPECT_EQ(errors.grad()[1].abs().sum().item<double>(), 0.0);
}

TEST_F(ReconstructionLoss, WithNothingLabelledOnlyThePenaltyIsLeft) {
  auto loss = make();
  const torch::Tensor errors = tensor(kErrors).requires_grad_();

  const BatchLoss result = of(loss, targets({{-1}, {-1}, {-1}}), errors);
  (result.total + loss->penalty()).backward();

  EXPECT_EQ(result.total.item<double>(), 0.0);
  EXPECT_EQ(errors.grad().abs().sum().item<double>(), 0.0);
  for (std::int64_t k = 0; k < 2; ++k) {
    const double p = loss->parameters()[0][k].item<double>();
    EXPECT_NEAR(loss->parameters()[0].grad()[k].item<double>(), 2 * p / (1 + p * p), 1e-12);
  }
}

TEST_F(ReconstructionLoss, GradientsOfErrorsAreThoseOfTheFormula) {
  auto loss = make();
  const torch::Tensor errors = tensor(kErrors).requires_grad_();

  of(loss, labels_, errors).total.backward();

  const double weight = 0.5 / (loss->parameters()[0][0].square().item<double>());
  const Rows expected{{2.0, -0.5, -0.5}, {0, 1.0, 0}, {-0.5, -0.5, 2.0}};
  EXPECT_TRUE(torch::allclose(errors.grad(), tensor(expected) * weight / 3, 0, 1e-12));
}

TEST_F(ReconstructionLoss, PartsOfABatchAddUpToTheWhole) {
  auto loss = make();
  const auto labels = targets({{0}, {-1}, {2}});
  const torch::Tensor sums = loss->weight_sums(labels);
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    return loss->forward(
        answer({tensor(kDecoder).slice(0, begin, end)}, tensor(kErrors).slice(0, begin, end)),
        labels.slice(0, begin, end), sums);
  };

  const torch::Tensor added = part(0, 1).total + part(1, 3).total;

  EXPECT_NEAR(added.item<double>(), of(loss, labels).total.item<double>(), 1e-14);
}

TEST_F(ReconstructionLoss, UncertaintyWeighsTermsAndAddsItsPenalty) {
  auto loss = make();

  const BatchLoss result = of(loss, labels_);
  (result.total + loss->penalty()).backward();

  double total = 0;
  double penalty = 0;
  const torch::Tensor p = loss->parameters()[0];  // 0.8 and 1.5 in float32's digits
  for (std::int64_t k = 0; k < 2; ++k) {
    const double p_k = p[k].item<double>();
    const double term = result.by_term[k].item<double>();
    EXPECT_NEAR(p_k, kP[static_cast<std::size_t>(k)], 1e-7);
    total += 0.5 / (p_k * p_k) * term;
    penalty += std::log(1 + p_k * p_k);
    EXPECT_NEAR(p.grad()[k].item<double>(), -term / (p_k * p_k * p_k) + 2 * p_k / (1 + p_k * p_k),
                1e-12);
    EXPECT_NEAR(loss->term_weights()[k].item<double>(), 0.5 / (p_k * p_k), 1e-12);
  }
  EXPECT_NEAR(result.total.item<double>(), total, 1e-12);
  EXPECT_NEAR(loss->penalty().item<double>(), penalty, 1e-12);
}

TEST_F(ReconstructionLoss, UncertaintyStartsFromOne) {
  const auto loss = make(TaskWeighting::Uncertainty, {});

  EXPECT_TRUE(torch::equal(loss->parameters()[0], torch::ones({2}, torch::kFloat64)));
  EXPECT_NEAR(loss->penalty().item<double>(), 2 * std::log(2.0), 1e-12);
}

TEST_F(ReconstructionLoss, FixedWeightsAreOverAllTerms) {
  auto loss = make(TaskWeighting::Fixed, {0.0, std::log(3.0)});

  const BatchLoss result = of(loss, labels_);

  const auto term = [&](std::int64_t k) { return result.by_term[k].item<double>(); };
  EXPECT_NEAR(result.total.item<double>(), 0.25 * term(0) + 0.75 * term(1), 1e-7);
}

TEST_F(ReconstructionLoss, RejectsInitialWeightsThatDoNotFit) {
  test::expect_error(
      ErrorKind::Usage, [] { make(TaskWeighting::Uncertainty, {1.0}); }, "1 values", "2 terms");
  test::expect_error(
      ErrorKind::Usage,
      [] {
        make(TaskWeighting::Uncertainty, {1.0, 0.0});
      },
      "uncertainty");
}

}  // namespace
}  // namespace codectrace::train
