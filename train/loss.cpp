#include "train/loss.h"

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::train {
namespace {

torch::Tensor initial_v(std::size_t tasks, const std::vector<double>& initial) {
  if (initial.empty()) {
    return torch::full({static_cast<std::int64_t>(tasks)}, 1.0 / static_cast<double>(tasks),
                       torch::kFloat32);
  }
  if (initial.size() != tasks) {
    throw Error(ErrorKind::Usage,
                fmt::format("loss.task_weights has {} values, the model has {} tasks",
                            initial.size(), tasks));
  }
  return torch::tensor(initial, torch::kFloat32);
}

}  // namespace

WeightedLossImpl::WeightedLossImpl(const std::vector<TaskLoss>& tasks, TaskWeights kind,
                                   const std::vector<double>& initial) {
  for (const TaskLoss& task : tasks) {
    class_weights_.push_back(register_buffer("class_weights_" + task.task,
                                             torch::tensor(task.class_weights, torch::kFloat64)));
  }
  const torch::Tensor v = initial_v(tasks.size(), initial);
  v_ = kind == TaskWeights::Learnable ? register_parameter("v", v) : register_buffer("v", v);
}

torch::Tensor WeightedLossImpl::weight_sums(const torch::Tensor& targets) const {
  const torch::NoGradGuard no_grad;
  const torch::Tensor codes = targets.cpu();
  std::vector<torch::Tensor> sums;
  for (std::size_t k = 0; k < class_weights_.size(); ++k) {
    const torch::Tensor task = codes.select(1, static_cast<std::int64_t>(k));  // [b]
    const torch::Tensor known = task.masked_select(task >= 0);
    sums.push_back(class_weights_[k].cpu().to(torch::kFloat64).index_select(0, known).sum());
  }
  return torch::stack(sums);
}

BatchLoss WeightedLossImpl::forward(const std::vector<torch::Tensor>& logits,
                                    const torch::Tensor& targets,
                                    const torch::Tensor& weight_sums) {
  CT_INVARIANT(logits.size() == class_weights_.size(),
               fmt::format("{} heads, {} losses", logits.size(), class_weights_.size()));
  std::vector<torch::Tensor> by_task;
  for (std::size_t k = 0; k < logits.size(); ++k) {
    const auto column = static_cast<std::int64_t>(k);
    const double norm = weight_sums[column].item<double>();
    const auto type =
        logits[k].scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
    const torch::Tensor log_p = torch::log_softmax(logits[k], 1, type);  // [b, classes]
    const torch::Tensor sum = torch::nll_loss(log_p, targets.select(1, column).contiguous(),
                                              class_weights_[k].to(log_p.options()),
                                              at::Reduction::Sum, /*ignore_index=*/-1);
    by_task.push_back(norm > 0 ? sum / norm : sum * 0.0);
  }
  const torch::Tensor losses = torch::stack(by_task);  // [K]
  return {(task_weights().to(losses.options()) * losses).sum(), losses.detach()};
}

}  // namespace codectrace::train
