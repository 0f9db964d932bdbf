#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

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

/// Adam and AdamW as the papers write them, one number at a time in double.
class PlainAdam {
 public:
  PlainAdam(const OptimizerConfig& config, double lr, double decay, double weight)
      : config_(config), lr_(lr), decay_(decay), weight_(weight) {}

  void step(double gradient, double lr_factor) {
    const double lr = lr_ * lr_factor;
    if (config_.kind == OptimizerKind::Adam) {
      gradient += decay_ * weight_;  // an L2 term
    } else {
      weight_ -= lr * decay_ * weight_;  // decoupled
    }
    ++t_;
    m_ = config_.beta1 * m_ + (1 - config_.beta1) * gradient;
    v_ = config_.beta2 * v_ + (1 - config_.beta2) * gradient * gradient;
    const double m_hat = m_ / (1 - std::pow(config_.beta1, t_));
    const double v_hat = v_ / (1 - std::pow(config_.beta2, t_));
    weight_ -= lr * m_hat / (std::sqrt(v_hat) + config_.eps);
  }
  [[nodiscard]] double weight() const { return weight_; }

 private:
  OptimizerConfig config_;
  double lr_;
  double decay_;
  double weight_;
  double m_ = 0;
  double v_ = 0;
  int t_ = 0;
};

/// What tells the two kinds, and typical mistakes, apart.
struct Case {
  const char* name;
  OptimizerKind kind;
  double weight_decay;
  double eps;
  double loss_lr = 0;
};

class FusedOptimizer : public testing::TestWithParam<Case> {
 protected:
  static constexpr double kEncoderFactor = 0.25;
  // A whole number of vector registers and a rest.
  static constexpr std::int64_t kElements = 101;

  static OptimizerConfig config() {
    OptimizerConfig config;
    config.kind = GetParam().kind;
    config.lr = 0.01;
    config.weight_decay = GetParam().weight_decay;
    config.eps = GetParam().eps;
    config.encoder_lr_factor = kEncoderFactor;
    config.loss_lr = GetParam().loss_lr;
    return config;
  }
  /// Of a schedule: 0.5, 1, 0.5, …
  static double lr_factor(int step) { return step % 2 == 0 ? 0.5 : 1.0; }

  /// A parameter of one group beside the plain optimiser of each of its elements.
  struct Compared {
    Compared(const std::string& name_, double lr, double decay, const torch::Tensor& start)
        : name(name_), parameter(start.clone().requires_grad_()) {
      for (std::int64_t i = 0; i < kElements; ++i)
        plain.emplace_back(config(), lr, decay, start[i].item<double>());
    }

    std::string name;
    torch::Tensor parameter;
    std::vector<PlainAdam> plain;
  };

  /// Largest difference to the plain one, over all groups' elements and after each of the steps.
  static double largest_difference(torch::ScalarType type) {
    const torch::Tensor start = torch::linspace(-1.0, 2.0, kElements, torch::kFloat64).to(type);
    const double decay = config().weight_decay;
    std::vector<Compared> all{{"head.w", config().lr, decay, start},
                              {"ssl_model.w", kEncoderFactor * config().lr, decay, start},
                              {"loss.p", config().loss_lr > 0 ? config().loss_lr : config().lr,
                               config().loss_lr > 0 ? 0.0 : decay, start}};
    std::vector<model::NamedTensor> parameters;
    for (const Compared& one : all) parameters.push_back({one.name, one.parameter});
    Optimizer optimizer(parameters, config(), "ssl_model.");

    double largest = 0;
    for (int step = 0; step < kSteps; ++step) {
      for (const Compared& one : all) give_gradient(one.parameter, step);
      optimizer.step(lr_factor(step));
      for (Compared& one : all) {
        for (std::int64_t i = 0; i < kElements; ++i) {
          PlainAdam& plain = one.plain[static_cast<std::size_t>(i)];
          plain.step(one.parameter.grad()[i].item<double>(), lr_factor(step));
          largest = std::max(largest, std::abs(one.parameter[i].item<double>() - plain.weight()));
        }
      }
    }
    return largest;
  }
};

TEST_P(FusedOptimizer, FollowsTheFormulasElementByElement) {
  EXPECT_LE(largest_difference(torch::kFloat64), 1e-13);
}

TEST_P(FusedOptimizer, FollowsThemInFloat32AsFarAsItsDigitsGo) {
  // Weights up to 2 are rounded to 2^-23 once a step.
  EXPECT_LE(largest_difference(torch::kFloat32), kSteps * 0x1p-23);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, FusedOptimizer,
    testing::Values(Case{"Adam", OptimizerKind::Adam, 0.1, 1e-8},
                    Case{"AdamW", OptimizerKind::AdamW, 0.1, 1e-8},
                    Case{"AdamWithoutDecay", OptimizerKind::Adam, 0.0, 1e-8},
                    Case{"AdamWWithoutDecay", OptimizerKind::AdamW, 0.0, 1e-8},
                    Case{"AdamWithLargeEps", OptimizerKind::Adam, 0.1, 0.3},
                    Case{"AdamWWithLargeEps", OptimizerKind::AdamW, 0.1, 0.3},
                    Case{"ReferencesAdam", OptimizerKind::Adam, 1e-4, 1e-8},
                    Case{"AdamWithALossRate", OptimizerKind::Adam, 0.1, 1e-8, 0.03},
                    Case{"AdamWWithALossRate", OptimizerKind::AdamW, 0.1, 1e-8, 0.03}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Optimizer, FirstStepIsTheLearningRateInTheGradientsDirection) {
  // Bias correction makes both moments' estimates exact: m̂ / √v̂ = sign(g).
  OptimizerConfig config = config_of(OptimizerKind::Adam);
  config.weight_decay = 0;
  const torch::Tensor weights = parameter();
  const torch::Tensor before = weights.detach().clone();
  Optimizer optimizer({{"w", weights}}, config, "");

  give_gradient(weights, 0);
  optimizer.step(1.0);

  EXPECT_TRUE(torch::allclose(before - weights, config.lr * weights.grad().sign(), 1e-6, 1e-12));
}

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
