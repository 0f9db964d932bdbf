#pragma once

#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "model/network.h"

namespace codectrace::test {

/// Sum over ranks that a gradient goes through: each rank's input reaches every rank's loss.
class SumOverRanksFunction : public torch::autograd::Function<SumOverRanksFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, torch::Tensor values,
                               const model::SumOverRanks* sum) {
    context->saved_data["sum"] = reinterpret_cast<std::int64_t>(sum);
    torch::Tensor total = values.clone();
    (*sum)(total);
    return total;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto* sum =
        reinterpret_cast<const model::SumOverRanks*>(context->saved_data["sum"].toInt());
    torch::Tensor total = gradients[0].contiguous().clone();
    (*sum)(total);
    return {total, torch::Tensor()};
  }
};

/// The smallest network that has what data-parallel training can get wrong: batch norm, several
/// heads, a parameter that never gets a gradient.
class SmallNetwork : public model::Network {
 public:
  SmallNetwork(std::int64_t samples, std::vector<model::Head> heads, std::int64_t width = 12)
      : samples_(samples), heads_(std::move(heads)) {
    input_ = register_module("ssl_model", torch::nn::Linear(samples, width));
    scale_ = register_parameter("scale", torch::ones({width}));
    unused_ = register_parameter("unused", torch::ones({3}));
    mean_ = register_buffer("running_mean", torch::zeros({width}));
    for (const auto& head : heads_) {
      outputs_.push_back(register_module(
          "head_" + head.task,
          torch::nn::Linear(width, static_cast<std::int64_t>(head.classes.size()))));
    }
  }

  model::Output forward(const model::Input& input) override {
    const torch::Tensor features = torch::selu(normalised(input_->forward(input.waveform)));
    model::Output result;
    for (auto& output : outputs_) result.logits.push_back(output->forward(features));
    return result;
  }
  [[nodiscard]] const std::vector<model::Head>& heads() const override { return heads_; }
  [[nodiscard]] std::int64_t input_samples() const override { return samples_; }
  void synchronise_batch_norm(const model::SumOverRanks& sum) override { sum_ = sum; }

 private:
  torch::Tensor normalised(const torch::Tensor& x) {
    if (!is_training()) return (x - mean_) * scale_;
    const auto count = torch::full({1}, static_cast<double>(x.size(0)), x.options());
    torch::Tensor moments = torch::cat({x.sum(0), x.square().sum(0), count});
    if (sum_) moments = SumOverRanksFunction::apply(moments, &sum_);
    const std::int64_t width = x.size(1);
    const torch::Tensor mean = moments.slice(0, 0, width) / moments[-1];
    const torch::Tensor variance = moments.slice(0, width, 2 * width) / moments[-1] - mean.square();
    mean_.mul_(0.9).add_(mean.detach(), 0.1);
    return (x - mean) / torch::sqrt(variance + 1e-5) * scale_;
  }

  std::int64_t samples_;
  std::vector<model::Head> heads_;
  torch::nn::Linear input_{nullptr};
  torch::Tensor scale_;
  torch::Tensor unused_;
  torch::Tensor mean_;
  std::vector<torch::nn::Linear> outputs_;
  model::SumOverRanks sum_;
};

inline std::vector<model::Head> four_heads() {
  return {{"BIN", {"spoof", "bonafide"}},
          {"AUX", {"REAL", "Trad", "Param"}},
          {"DEC", {"REAL", "TIME", "FREQ"}},
          {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}};
}

}  // namespace codectrace::test
