#include "train/weight_average.h"

#include <algorithm>
#include <utility>

namespace codectrace::train {
namespace {

std::vector<torch::Tensor> tensors_of(const std::vector<model::NamedTensor>& named) {
  std::vector<torch::Tensor> tensors;
  for (const auto& each : named) tensors.push_back(each.tensor);
  return tensors;
}

}  // namespace

WeightAverage::WeightAverage(std::vector<model::NamedTensor> weights, double decay)
    : weights_(std::move(weights)), decay_(decay) {
  for (const auto& [name, tensor] : weights_) aside_.push_back({name, tensor.detach().clone()});
}

void WeightAverage::update(std::uint64_t step) {
  const torch::NoGradGuard no_grad;
  const auto t = static_cast<double>(step);
  const double decay = std::min(decay_, (1 + t) / (10 + t));
  const auto averages = tensors_of(aside_);
  at::_foreach_lerp_(averages, tensors_of(weights_), 1 - decay);
}

void WeightAverage::swap() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const auto copy = weights_[i].tensor.detach().clone();
    weights_[i].tensor.copy_(aside_[i].tensor);
    aside_[i].tensor.copy_(copy);
  }
}

}  // namespace codectrace::train
