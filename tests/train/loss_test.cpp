#include "train/loss.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace codectrace::train {
namespace {

using Rows = std::vector<std::vector<double>>;

const Rows kBinary{{0.3, -1.2}, {2.0, 0.1}, {-0.4, 0.9}};
const Rows kDecoder{{0.2, 0.1, -0.7}, {1.5, -0.3, 0.0}, {0.0, 0.4, 2.2}};

WeightedLoss two_task_loss(WeightedLossImpl::TaskWeights kind, const std::vector<double>& v = {}) {
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

/// −log softmax(row)[answer], in plain arithmetic.
double surprise(const std::vector<double>& row, std::size_t answer) {
  double sum = 0;
  for (const double value : row) sum += std::exp(value);
  return std::log(sum) - row[answer];
}

TEST(WeightedLoss, IsTheWeightedMeanThatPlainArithmeticGives) {
  auto loss = two_task_loss(WeightedLossImpl::TaskWeights::Fixed);
  const auto labels = targets({{0, 1}, {1, 0}, {1, 2}});

  const BatchLoss result =
      loss->forward({tensor(kBinary), tensor(kDecoder)}, labels, loss->weight_sums(labels));

  const double binary = (0.1 * surprise(kBinary[0], 0) + 0.9 * surprise(kBinary[1], 1) +
                         0.9 * surprise(kBinary[2], 1)) /
                        1.9;
  const double decoder = 0.45 * surprise(kDecoder[0], 1) + 0.1 * surprise(kDecoder[1], 0) +
                         0.45 * surprise(kDecoder[2], 2);
  EXPECT_NEAR(result.by_task[0].item<double>(), binary, 1e-12);
  EXPECT_NEAR(result.by_task[1].item<double>(), decoder, 1e-12);
  EXPECT_NEAR(result.total.item<double>(), 0.5 * (binary + decoder), 1e-7);  // v is float32
}

TEST(WeightedLoss, LeavesUnknownClassesOutOfTheirTaskOnly) {
  auto loss = two_task_loss(WeightedLossImpl::TaskWeights::Fixed);
  const auto labels = targets({{0, -1}, {1, 0}, {1, 2}});

  const BatchLoss result =
      loss->forward({tensor(kBinary), tensor(kDecoder)}, labels, loss->weight_sums(labels));

  const double decoder = (0.1 * surprise(kDecoder[1], 0) + 0.45 * surprise(kDecoder[2], 2)) / 0.55;
  EXPECT_NEAR(result.by_task[1].item<double>(), decoder, 1e-12);
  EXPECT_GT(result.by_task[0].item<double>(), 0);
}

TEST(WeightedLoss, ATaskWithoutLabelsGivesZeroAndZeroGradient) {
  auto loss = two_task_loss(WeightedLossImpl::TaskWeights::Fixed);
  const auto labels = targets({{0, -1}, {1, -1}, {1, -1}});
  const torch::Tensor decoder = tensor(kDecoder).requires_grad_();

  const BatchLoss result =
      loss->forward({tensor(kBinary), decoder}, labels, loss->weight_sums(labels));
  result.total.backward();

  EXPECT_EQ(result.by_task[1].item<double>(), 0.0);
  EXPECT_EQ(decoder.grad().abs().sum().item<double>(), 0.0);
}

TEST(WeightedLoss, PartsOfABatchAddUpToTheWhole) {
  auto loss = two_task_loss(WeightedLossImpl::TaskWeights::Fixed);
  const auto labels = targets({{0, 1}, {1, 0}, {1, -1}});
  const std::vector<torch::Tensor> logits{tensor(kBinary), tensor(kDecoder)};
  const torch::Tensor sums = loss->weight_sums(labels);
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    return loss->forward({logits[0].slice(0, begin, end), logits[1].slice(0, begin, end)},
                         labels.slice(0, begin, end), sums);
  };

  const BatchLoss whole = loss->forward(logits, labels, sums);
  const torch::Tensor added = part(0, 1).total + part(1, 3).total;

  EXPECT_NEAR(added.item<double>(), whole.total.item<double>(), 1e-14);
}

TEST(WeightedLoss, FixedTaskWeightsAreTheSoftmaxOfWhatIsGiven) {
  auto loss = two_task_loss(WeightedLossImpl::TaskWeights::Fixed, {0.0, std::log(3.0)});

  EXPECT_NEAR(loss->task_weights()[1].item<double>(), 0.75, 1e-6);
  EXPECT_TRUE(loss->parameters().empty());
}

TEST(WeightedLoss, LearnableTaskWeightsGetTheGradientOfTheirSoftmax) {
  auto loss = two_task_loss(WeightedLossImpl::TaskWeights::Learnable);
  const auto labels = targets({{0, 1}, {1, 0}, {1, 2}});

  const BatchLoss result =
      loss->forward({tensor(kBinary), tensor(kDecoder)}, labels, loss->weight_sums(labels));
  result.total.backward();

  // d(Σ s_k l_k)/dv_0 = s_0 s_1 (l_0 − l_1) with s_0 = s_1 = 1/2.
  const double difference = result.by_task[0].item<double>() - result.by_task[1].item<double>();
  ASSERT_EQ(loss->parameters().size(), 1U);
  EXPECT_NEAR(loss->parameters()[0].grad()[0].item<double>(), 0.25 * difference, 1e-6);
}

}  // namespace
}  // namespace codectrace::train
