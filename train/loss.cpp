#include "train/loss.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::train {
namespace {

torch::Tensor initial_weights(std::size_t terms, TaskWeighting weighting,
                              const std::vector<double>& initial) {
  if (initial.empty()) {
    const bool uncertainty = weighting == TaskWeighting::Uncertainty;
    return torch::full({static_cast<std::int64_t>(terms)},
                       uncertainty ? 1.0 : 1.0 / static_cast<double>(terms), torch::kFloat32);
  }
  if (initial.size() != terms) {
    throw Error(ErrorKind::Usage, fmt::format("loss.task_weights has {} values, the loss has {} "
                                              "terms",
                                              initial.size(), terms));
  }
  if (weighting == TaskWeighting::Uncertainty && std::ranges::count(initial, 0.0) > 0) {
    throw Error(
        ErrorKind::Usage,
        "loss.task_weights has a 0, which loss.task_weighting = \"uncertainty\" divides by");
  }
  return torch::tensor(initial, torch::kFloat32);
}

/// Autocast may leave bfloat16, which sums badly.
torch::Tensor in_full_precision(const torch::Tensor& values) {
  return values.scalar_type() == torch::kFloat64 ? values : values.to(torch::kFloat32);
}

/// Σ_i w[y_i] · −log softmax(z_i)[y_i]
torch::Tensor cross_entropy_sum(const torch::Tensor& logits, const torch::Tensor& targets,
                                const torch::Tensor& class_weights) {
  const torch::Tensor log_p = torch::log_softmax(in_full_precision(logits), 1);  // [b, classes]
  return torch::nll_loss(log_p, targets.contiguous(), class_weights.to(log_p.options()),
                         at::Reduction::Sum, /*ignore_index=*/-1);
}

/// Σ_i e_iy + Σ_{d≠y} max(0, margin + e_iy − e_id) / (D − 1)
/// @param errors   [b, D]
/// @param targets  [b]
torch::Tensor reconstruction_sum(const torch::Tensor& errors, const torch::Tensor& targets,
                                 double margin) {
  const torch::Tensor all = in_full_precision(errors);
  const torch::Tensor own_class = targets.clamp_min(0).unsqueeze(1);  // [b, 1]
  const torch::Tensor own = all.gather(1, own_class);                 // [b, 1]
  const torch::Tensor others = torch::ones_like(all).scatter(1, own_class, 0.0);
  const auto count = static_cast<double>(std::max<std::int64_t>(all.size(1) - 1, 1));
  const torch::Tensor too_good = (torch::relu(margin + own - all) * others).sum(1) / count;  // [b]
  const torch::Tensor losses = own.squeeze(1) + too_good;
  return torch::where(targets >= 0, losses, torch::zeros_like(losses)).sum();
}

}  // namespace

WeightedLossImpl::WeightedLossImpl(const std::vector<TaskLoss>& tasks, TaskWeighting weighting,
                                   const std::vector<double>& initial,
                                   const std::optional<double>& margin)
    : weighting_(weighting), margin_(margin) {
  CT_INVARIANT(!margin || tasks.size() == 1, "decoders belong to the classes of a single task");
  if (margin) terms_.emplace_back("reconstruction");
  for (const TaskLoss& task : tasks) {
    terms_.push_back(task.task);
    class_weights_.push_back(register_buffer("class_weights_" + task.task,
                                             torch::tensor(task.class_weights, torch::kFloat64)));
  }
  const torch::Tensor weights = initial_weights(terms_.size(), weighting, initial);
  switch (weighting) {
    case TaskWeighting::Fixed:
      v_ = register_buffer("v", weights);
      break;
    case TaskWeighting::Learnable:
      v_ = register_parameter("v", weights);
      break;
    case TaskWeighting::Uncertainty:
      v_ = register_parameter("p", weights);
      break;
  }
}

torch::Tensor WeightedLossImpl::weight_sums(const torch::Tensor& targets) const {
  const torch::NoGradGuard no_grad;
  const torch::Tensor codes = targets.cpu();
  std::vector<torch::Tensor> sums;
  if (margin_) sums.push_back((codes.select(1, 0) >= 0).sum().to(torch::kFloat64));
  for (std::size_t k = 0; k < class_weights_.size(); ++k) {
    const torch::Tensor task = codes.select(1, static_cast<std::int64_t>(k));  // [b]
    const torch::Tensor known = task.masked_select(task >= 0);
    sums.push_back(class_weights_[k].cpu().to(torch::kFloat64).index_select(0, known).sum());
  }
  return torch::stack(sums);
}

BatchLoss WeightedLossImpl::forward(const model::Output& output, const torch::Tensor& targets,
                                    const torch::Tensor& weight_sums) {
  CT_INVARIANT(output.logits.size() == class_weights_.size(),
               fmt::format("{} heads, {} losses", output.logits.size(), class_weights_.size()));
  std::vector<torch::Tensor> by_term;
  const auto add = [&](const torch::Tensor& sum) {
    const double norm = weight_sums[std::ssize(by_term)].item<double>();
    by_term.push_back(norm > 0 ? sum / norm : sum * 0.0);
  };
  if (margin_) {
    CT_INVARIANT(output.reconstruction_errors.defined(), "nothing was reconstructed");
    add(reconstruction_sum(output.reconstruction_errors, targets.select(1, 0), *margin_));
  }
  for (std::size_t k = 0; k < class_weights_.size(); ++k) {
    const auto column = static_cast<std::int64_t>(k);
    add(cross_entropy_sum(output.logits[k], targets.select(1, column), class_weights_[k]));
  }
  const torch::Tensor losses = torch::stack(by_term);  // [K]
  return {(term_weights().to(losses.options()) * losses).sum(), losses.detach()};
}

torch::Tensor WeightedLossImpl::penalty() const {
  if (weighting_ != TaskWeighting::Uncertainty) return torch::zeros({}, v_.options());
  return torch::log1p(v_.square()).sum();
}

torch::Tensor WeightedLossImpl::term_weights() const {
  return weighting_ == TaskWeighting::Uncertainty ? 0.5 / v_.square() : torch::softmax(v_, 0);
}

}  // namespace codectrace::train
