#pragma once

#include <string>
#include <vector>

#include <torch/torch.h>

namespace codectrace::train {

/// What the loss of one head needs.
struct TaskLoss {
  std::string task;                   ///< "BIN"
  std::vector<double> class_weights;  ///< in output order
};

/// Loss of one rank's part of a batch.
struct BatchLoss {
  torch::Tensor total;    ///< scalar with gradient; summed over ranks, the global batch's loss
  torch::Tensor by_task;  ///< [K], detached; likewise, before the weighting of tasks
};

/// Class-weighted cross entropy a task, and their weighted sum:
///
///   loss_k = Σ_i w[y_ik] · −log softmax(z_ik)[y_ik] / Σ_i w[y_ik],   total = Σ_k softmax(v)_k ·
///   loss_k
///
/// with i over the *global* batch, so that N ranks on a batch are one rank on it. A sample whose
/// class is unknown (−1) is left out of that task; a task without any labelled sample gives 0.
/// Source: the reference's training script (framework-style weighted mean; v starts equal).
class WeightedLossImpl : public torch::nn::Module {
 public:
  enum class TaskWeights { Fixed, Learnable };
  /// @param initial  v, one a task; empty: equal
  WeightedLossImpl(const std::vector<TaskLoss>& tasks, TaskWeights kind,
                   const std::vector<double>& initial);

  /// Σ_i w[y_ik] of these samples, [K] float64 on the CPU: what is to be summed over all ranks.
  /// @param targets  [b, K] int64, output index or −1
  [[nodiscard]] torch::Tensor weight_sums(const torch::Tensor& targets) const;

  /// @param logits       one a task, [b, classes]
  /// @param targets      [b, K] int64 on the logits' device, output index or −1
  /// @param weight_sums  [K] float64 on the CPU: weight_sums() of the whole global batch
  BatchLoss forward(const std::vector<torch::Tensor>& logits, const torch::Tensor& targets,
                    const torch::Tensor& weight_sums);

  /// softmax(v): what each task's loss is multiplied with, [K].
  [[nodiscard]] torch::Tensor task_weights() const { return torch::softmax(v_, 0); }

 private:
  std::vector<torch::Tensor> class_weights_;
  torch::Tensor v_;
};
TORCH_MODULE(WeightedLoss);

}  // namespace codectrace::train
