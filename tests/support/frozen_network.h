#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "model/network.h"

namespace codectrace::test {

/// The smallest network with a frozen part: its features are [2, 3] numbers of the waveform, and
/// the logits a linear layer of them. Counts how often it computed them.
class FrozenNetwork : public model::Network, public model::FrozenPart {
 public:
  explicit FrozenNetwork(std::int64_t samples, std::vector<model::Head> heads,
                         std::string provenance = "double, weights 1")
      : samples_(samples), heads_(std::move(heads)), provenance_(std::move(provenance)) {
    frozen_ = register_parameter(
        "frozen", torch::sin(torch::arange(samples * 6).view({samples, 6})).to(torch::kFloat32),
        /*requires_grad=*/false);
    for (const auto& head : heads_) {
      outputs_.push_back(
          register_module("head_" + head.task,
                          torch::nn::Linear(6, static_cast<std::int64_t>(head.classes.size()))));
    }
  }

  model::Output forward(const model::Input& input) override {
    const auto features = input.features.defined() ? input.features : compute(input.waveform);
    model::Output result;
    for (auto& output : outputs_) result.logits.push_back(output->forward(features.flatten(1)));
    return result;
  }
  [[nodiscard]] const std::vector<model::Head>& heads() const override { return heads_; }
  [[nodiscard]] std::int64_t input_samples() const override { return samples_; }
  void synchronise_batch_norm(const model::SumOverRanks& /*sum*/) override {}
  [[nodiscard]] model::FrozenPart* frozen_part() override { return this; }

  [[nodiscard]] std::string name() const override { return "double"; }
  [[nodiscard]] std::vector<std::int64_t> shape() const override { return {2, 3}; }
  [[nodiscard]] std::string provenance() const override {
    ++identified;
    return provenance_;
  }
  [[nodiscard]] torch::Tensor compute(const torch::Tensor& waveform) override {
    ++computed;
    return torch::matmul(waveform, frozen_).view({-1, 2, 3});
  }

  int computed = 0;            ///< batches
  mutable int identified = 0;  ///< how often its provenance was asked for

 private:
  std::int64_t samples_;
  std::vector<model::Head> heads_;
  std::string provenance_;
  torch::Tensor frozen_;
  std::vector<torch::nn::Linear> outputs_;
};

}  // namespace codectrace::test
