#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.h"

namespace codectrace::train {
namespace {

constexpr int kSteps = 5;
constexpr std::int64_t kElements = 7;

OptimizerConfig config_of(OptimizerKind kind) {
  OptimizerConfig config;
  config.kind = kind;
  config.lr = 0.01;
  config.weight_decay = 0.1;
  return config;
}

torch::Tensor parameter(std::int64_t elements = kElements) {
  return torch::linspace(-1.0, 2.0, elements, torch::kFloat64).requires_grad_();
}

double gradient_at(int step, std::int64_t element) {
  return std::sin(static_cast<double>(1 + step * 3 + element));
}

void give_gradient(torch::Tensor tensor, int step) {
  torch::Tensor gradient = torch::empty_like(tensor);
  for (std::int64_t i = 0; i < tensor.numel(); ++i) gradient[i] = gradient_at(step, i);
  tensor.mutable_grad() = gradient.detach();
}

/// Adam as the papers write it, one number at a time.
double by_the_formulas(const OptimizerConfig& config, double weight, std::int64_t element) {
  double m = 0;
  double v = 0;
  for (int t = 1; t <= kSteps; ++t) {
    double gradient = gradient_at(t - 1, element);
    if (config.kind == OptimizerKind::Adam) {
      gradient += config.weight_decay * weight;
    } else {
      weight -= config.lr * config.weight_decay * weight;
    }
    m = config.beta1 * m + (1 - config.beta1) * gradient;
    v = config.beta2 * v + (1 - config.beta2) * gradient * gradient;
    const double m_hat = m / (1 - std::pow(config.beta1, t));
    const double v_hat = v / (1 - std::pow(config.beta2, t));
    weight -= config.lr * m_hat / (std::sqrt(v_hat) + config.eps);
  }
  return weight;
}

class FusedOptimizer : public testing::TestWithParam<OptimizerKind> {};

TEST_P(FusedOptimizer, FollowsTheFormulasElementByElement) {
  const OptimizerConfig config = config_of(GetParam());
  const torch::Tensor weights = parameter();
  const torch::Tensor before = weights.detach().clone();
  Optimizer optimizer({{"w", weights}}, config, "");

  for (int step = 0; step < kSteps; ++step) {
    give_gradient(weights, step);
    optimizer.step(1.0);
  }

  for (std::int64_t i = 0; i < kElements; ++i) {
    EXPECT_NEAR(weights[i].item<double>(), by_the_formulas(config, before[i].item<double>(), i),
                1e-12);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, FusedOptimizer,
                         testing::Values(OptimizerKind::Adam, OptimizerKind::AdamW));

TEST(Optimizer, GivesTheEncoderItsOwnLearningRate) {
  OptimizerConfig config = config_of(OptimizerKind::Adam);
  config.encoder_lr_factor = 0.5;
  config.weight_decay = 0;
  const torch::Tensor encoder = parameter();
  const torch::Tensor head = parameter();
  Optimizer optimizer({{"ssl_model.a", encoder}, {"head.a", head}}, config, "ssl_model.");
  const torch::Tensor before = head.detach().clone();

  give_gradient(encoder, 0);
  give_gradient(head, 0);
  optimizer.step(1.0);

  EXPECT_TRUE(torch::allclose(2 * (encoder - before), head - before, 1e-9, 1e-12));
}

TEST(Optimizer, LeavesAParameterWithoutGradientAlone) {
  const torch::Tensor used = parameter();
  const torch::Tensor unused = parameter();
  const torch::Tensor before = unused.detach().clone();
  Optimizer optimizer({{"used", used}, {"unused", unused}}, config_of(OptimizerKind::Adam), "");

  give_gradient(used, 0);
  optimizer.step(1.0);

  EXPECT_TRUE(torch::equal(unused, before));
  EXPECT_EQ(optimizer.state().at("unused.step").item<float>(), 0.0F);
}

TEST(Optimizer, ClipsAllGradientsTogetherToTheLimit) {
  const torch::Tensor a = parameter(1);
  const torch::Tensor b = parameter(1);
  Optimizer optimizer({{"a", a}, {"b", b}}, config_of(OptimizerKind::Adam), "");
  torch::Tensor(a).mutable_grad() = torch::full({1}, 3.0, torch::kFloat64);
  torch::Tensor(b).mutable_grad() = torch::full({1}, 4.0, torch::kFloat64);

  const double norm = optimizer.clip_gradients(1.0);

  EXPECT_DOUBLE_EQ(norm, 5.0);
  EXPECT_NEAR(a.grad().item<double>(), 0.6, 1e-12);
  EXPECT_NEAR(b.grad().item<double>(), 0.8, 1e-12);
}

TEST(Optimizer, SavedLoadedAndGoneOnIsTheSameAsGoneOn) {
  const OptimizerConfig config = config_of(OptimizerKind::AdamW);
  const torch::Tensor weights = parameter();
  Optimizer optimizer({{"w", weights}}, config, "");
  for (int step = 0; step < 3; ++step) {
    give_gradient(weights, step);
    optimizer.step(1.0);
  }
  const torch::Tensor copy = weights.detach().clone().requires_grad_();
  Optimizer other({{"w", copy}}, config, "");

  other.load_state(optimizer.state());
  for (const auto& [tensor, one] : {std::pair{weights, &optimizer}, std::pair{copy, &other}}) {
    give_gradient(tensor, 3);
    one->step(1.0);
  }

  EXPECT_TRUE(torch::equal(weights, copy));
}

TEST(Optimizer, RejectsAnotherModelsState) {
  Optimizer optimizer({{"w", parameter()}}, config_of(OptimizerKind::Adam), "");
  Optimizer renamed({{"other", parameter()}}, config_of(OptimizerKind::Adam), "");
  Optimizer longer({{"w", parameter(9)}}, config_of(OptimizerKind::Adam), "");
  auto incomplete = optimizer.state();
  incomplete.erase("w.exp_avg");

  test::expect_error(
      ErrorKind::BadData, [&] { optimizer.load_state(renamed.state()); }, "other");
  test::expect_error(
      ErrorKind::BadData, [&] { optimizer.load_state(longer.state()); }, "9", "7");
  test::expect_error(
      ErrorKind::BadData, [&] { optimizer.load_state(incomplete); }, "w.exp_avg");
}

}  // namespace
}  // namespace codectrace::train
