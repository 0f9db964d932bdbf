#include "train/optimizer.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace codectrace::train {
namespace {

constexpr std::size_t kEncoderGroup = 1;  // others, encoder, loss

}  // namespace

void freeze(torch::nn::Module& network, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    bool found = false;
    for (auto& item : network.named_parameters()) {
      if (!item.key().starts_with(prefix)) continue;
      item.value().set_requires_grad(false);
      found = true;
    }
    if (!found) {
      throw Error(ErrorKind::Usage,
                  fmt::format("optimizer.frozen: no parameter's name begins with {}", prefix));
    }
  }
}

Optimizer::Optimizer(std::vector<model::NamedTensor> parameters, const OptimizerConfig& config,
                     const std::string& encoder_prefix)
    : parameters_(std::move(parameters)), config_(config) {
  const torch::NoGradGuard no_grad;
  Group others{config.lr, config.weight_decay, {}};
  Group encoder{config.lr * config.encoder_lr_factor, config.weight_decay, {}};
  Group loss = config.loss_lr > 0 ? Group{config.loss_lr, 0.0, {}} : others;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const torch::Tensor& tensor = parameters_[i].tensor;
    moments_.push_back({torch::zeros_like(tensor), torch::zeros_like(tensor),
                        torch::zeros({}, torch::dtype(torch::kFloat32).device(tensor.device()))});
    const std::string& name = parameters_[i].name;
    const bool of_encoder = !encoder_prefix.empty() && name.starts_with(encoder_prefix);
    Group& group = name.starts_with(kLossPrefix) ? loss : of_encoder ? encoder : others;
    group.members.push_back(i);
  }
  groups_ = {std::move(others), std::move(encoder), std::move(loss)};
}

void Optimizer::train_encoder(bool on) {
  for (const std::size_t i : groups_[kEncoderGroup].members)
    parameters_[i].tensor.set_requires_grad(on);
}

void Optimizer::step(double lr_factor) {
  for (const Group& group : groups_) {
    if (group.lr > 0) step_group(group, lr_factor);
  }
}

void Optimizer::step_group(const Group& group, double lr_factor) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> weights;
  std::vector<torch::Tensor> gradients;
  std::vector<torch::Tensor> means;
  std::vector<torch::Tensor> squares;
  std::vector<torch::Tensor> steps;
  for (const std::size_t i : group.members) {
    if (!parameters_[i].tensor.grad().defined()) continue;
    weights.push_back(parameters_[i].tensor);
    gradients.push_back(parameters_[i].tensor.grad());
    means.push_back(moments_[i].mean);
    squares.push_back(moments_[i].mean_of_squares);
    steps.push_back(moments_[i].steps);
  }
  if (weights.empty()) return;
  at::_foreach_add_(steps, 1);  // the kernels take the number of the step that they make
  const auto fused = [&](auto kernel) {
    kernel(weights, gradients, means, squares, /*max_exp_avg_sqs=*/std::vector<torch::Tensor>{},
           steps, group.lr * lr_factor, config_.beta1, config_.beta2, group.weight_decay,
           config_.eps,
           /*amsgrad=*/false, /*maximize=*/false);
  };
  if (config_.kind == OptimizerKind::Adam) {
    fused([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  } else {
    fused([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  }
}

void Optimizer::zero_grad() {
  for (model::NamedTensor& parameter : parameters_) parameter.tensor.mutable_grad().reset();
}

double Optimizer::clip_gradients(double limit) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> gradients;
  for (const model::NamedTensor& parameter : parameters_) {
    if (parameter.tensor.grad().defined()) gradients.push_back(parameter.tensor.grad());
  }
  if (gradients.empty()) return 0.0;
  const torch::Tensor norms = torch::stack(at::_foreach_norm(gradients, 2)).to(torch::kFloat64);
  const double norm = norms.norm().item<double>();
  if (limit > 0 && norm > limit) at::_foreach_mul_(gradients, limit / norm);
  return norm;
}

std::map<std::string, torch::Tensor> Optimizer::state() const {
  std::map<std::string, torch::Tensor> state;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = parameters_[i].name;
    state.emplace(name + ".exp_avg", moments_[i].mean);
    state.emplace(name + ".exp_avg_sq", moments_[i].mean_of_squares);
    state.emplace(name + ".step", moments_[i].steps);
  }
  return state;
}

void Optimizer::load_state(const std::map<std::string, torch::Tensor>& loaded) {
  const torch::NoGradGuard no_grad;
  const auto own = state();
  for (const auto& [name, tensor] : loaded) {
    if (!own.contains(name)) {
      throw Error(ErrorKind::BadData,
                  fmt::format("optimiser state has {}, which this model lacks", name));
    }
  }
  for (const auto& [name, tensor] : own) {
    const auto found = loaded.find(name);
    if (found == loaded.end()) {
      throw Error(ErrorKind::BadData, fmt::format("optimiser state lacks {}", name));
    }
    if (found->second.sizes() != tensor.sizes()) {
      throw Error(
          ErrorKind::BadData,
          fmt::format("optimiser state {} has shape {}, the model's parameter {}", name,
                      fmt::join(found->second.sizes(), "x"), fmt::join(tensor.sizes(), "x")));
    }
    torch::Tensor target = tensor;
    target.copy_(found->second);
  }
}

}  // namespace codectrace::train
