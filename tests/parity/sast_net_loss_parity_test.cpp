#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/difference_table.h"
#include "tests/support/full_size_network.h"
#include "train/loss.h"
#include "train/optimizer.h"

// The losses that SAST Net is trained with, on answers that the published Python implementation
// gave, and their uncertainty weights over its five steps: without the network, in no time.
namespace codectrace::train {
namespace {

using Json = nlohmann::json;

torch::Tensor matrix(const Json& rows) {
  std::vector<torch::Tensor> tensors;
  for (const Json& row : rows)
    tensors.push_back(torch::tensor(row.get<std::vector<double>>(), torch::kFloat64));
  return torch::stack(tensors);
}

double relative(double found, double expected) {
  return std::abs(found - expected) / std::abs(expected);
}

class SastNetLossParity : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    numbers_ = new Json(test::parity_numbers("sast_net_training.json"));
    table_ = new test::DifferenceTable("The losses of SAST Net on the reference's answers");
  }
  static void TearDownTestSuite() {
    delete table_;
    delete numbers_;
  }

  static const Json& expected() { return numbers_->at("tasks").at(GetParam()); }
  static void expect(const std::string& what, double found, double allowed) {
    table_->expect(GetParam() + ": " + what, found, allowed);
  }

  static WeightedLoss make_loss() {
    const auto& weights =
        test::published_taxonomy().model_task("sast-net", GetParam()).class_weights;
    return WeightedLoss(std::vector<TaskLoss>{{GetParam(), weights}}, TaskWeighting::Uncertainty,
                        std::vector<double>{}, LossConfig{}.margin);
  }

  /// Largest difference between p and the recorded one over all steps; `step` makes one, with the
  /// gradient that the recorded terms give.
  static double largest_difference_of_p(WeightedLoss& loss, const Json& steps, const auto& step) {
    torch::Tensor p = loss->parameters().at(0);
    double largest = 0;
    for (std::size_t i = 0; i < steps.at("losses").size(); ++i) {
      const torch::Tensor wanted = torch::tensor(steps.at("p").at(i).get<std::vector<double>>());
      largest = std::max(largest, (p.detach() - wanted).abs().max().item<double>());
      const torch::Tensor terms = torch::tensor({steps.at("reconstruction").at(i).get<float>(),
                                                 steps.at("cross_entropy").at(i).get<float>()});
      p.mutable_grad().reset();
      const torch::Tensor total = (loss->term_weights() * terms).sum() + loss->penalty();
      EXPECT_LE(relative(total.item<double>(), steps.at("losses").at(i)), 1e-6) << "step " << i;
      total.backward();
      step(p);
    }
    return largest;
  }

 private:
  static inline Json* numbers_ = nullptr;
  static inline test::DifferenceTable* table_ = nullptr;
};

TEST_P(SastNetLossParity, TermsAndGradientsOfPAreTheReferences) {
  auto loss = make_loss();
  model::Output output;
  output.logits = {matrix(expected().at("logits"))};
  output.reconstruction_errors = matrix(expected().at("decoder_errors"));
  const auto labels =
      torch::tensor(expected().at("labels").get<std::vector<std::int64_t>>()).unsqueeze(1);

  const BatchLoss found = loss->forward(output, labels, loss->weight_sums(labels));
  const torch::Tensor total = found.total + loss->penalty();
  total.backward();

  const Json& wanted = expected().at("adamw");
  const auto first = [&](const char* key) { return wanted.at(key).at(0).get<double>(); };
  expect("reconstruction, relative",
         relative(found.by_term[0].item<double>(), first("reconstruction")), 1e-6);
  expect("cross entropy, relative",
         relative(found.by_term[1].item<double>(), first("cross_entropy")), 1e-6);
  expect("loss, relative", relative(total.item<double>(), first("losses")), 1e-6);
  const auto gradient =
      torch::tensor(expected().at("p_gradient").get<std::vector<double>>(), torch::kFloat64);
  expect("gradient of p, absolute",
         (loss->parameters()[0].grad() - gradient).abs().max().item<double>(), 1e-6);
}

TEST_P(SastNetLossParity, PFollowsFiveStepsOfTheReferencesAdamW) {
  auto loss = make_loss();
  OptimizerConfig config;  // the reference's
  config.kind = OptimizerKind::AdamW;
  config.lr = 1e-5;
  config.loss_lr = 1e-3;
  Optimizer optimizer({{"loss.p", loss->parameters().at(0)}}, config, "");

  const double largest = largest_difference_of_p(
      loss, expected().at("adamw"), [&](const torch::Tensor&) { optimizer.step(1.0); });

  expect("p over five steps of AdamW, absolute", largest, 5e-7);  // float32 near 1: 1.2e-7
}

TEST_P(SastNetLossParity, PFollowsFiveStepsOfGradientDescent) {
  auto loss = make_loss();
  const Json& steps = expected().at("sgd");
  const double lr = steps.at("lr");

  const double largest = largest_difference_of_p(loss, steps, [&](torch::Tensor p) {
    const torch::NoGradGuard no_grad;
    p.sub_(p.grad(), lr);
  });

  expect("p over five steps of SGD, absolute", largest, 5e-7);
}

INSTANTIATE_TEST_SUITE_P(Tasks, SastNetLossParity, testing::Values("BIN", "VQ"),
                         [](const auto& task) { return task.param; });

}  // namespace
}  // namespace codectrace::train
