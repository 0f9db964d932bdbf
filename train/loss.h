#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/config.h"
#include "model/network.h"

namespace codectrace::train {

enum class TaskWeighting { Fixed, Learnable, Uncertainty };
inline constexpr auto enum_names(TaskWeighting) {
  return std::array<config::EnumName<TaskWeighting>, 3>{
      {{TaskWeighting::Fixed, "fixed"},
       {TaskWeighting::Learnable, "learnable"},
       {TaskWeighting::Uncertainty, "uncertainty"}}};
}

/// [loss]
struct LossConfig {
  std::vector<std::string> class_weights;
  TaskWeighting task_weighting = TaskWeighting::Fixed;
  std::vector<double> task_weights;
  double margin = 0.1;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("class_weights", self.class_weights, config::any(),
          "instead of the taxonomy's, one string a task: \"BIN 0.1 0.9\"");
    visit("task_weighting", self.task_weighting, config::any(),
          "what terms are multiplied with: a softmax, fixed or learnable; uncertainty: "
          "0.5 / p^2, with ln(1 + p^2) added, p learnable");
    visit("task_weights", self.task_weights, config::any(),
          "what the softmax is taken of, or the first p: one a term, the reconstruction before the "
          "tasks BIN, AUX, DEC, VQ; none: 1 / the number of terms each, p 1");
    visit("margin", self.margin, config::at_least(0),
          "by how much the right class's decoder is to reconstruct better than another");
  }
};

/// What the loss of one head needs.
struct TaskLoss {
  std::string task;                   ///< "BIN"
  std::vector<double> class_weights;  ///< in output order
};

/// Loss of one rank's part of a batch.
struct BatchLoss {
  torch::Tensor total;    ///< scalar with gradient; summed over ranks, the global batch's loss
  torch::Tensor by_term;  ///< [K], detached; likewise, before the weighting of terms
};

/// A weighted sum of terms: class-weighted cross entropy of each task and, before them, the
/// reconstruction of what was hidden, if the network reconstructs:
///
///   cross entropy  = Σ_i w[y_i] · −log softmax(z_i)[y_i] / Σ_i w[y_i]
///   reconstruction = Σ_i (e_iy + Σ_{d≠y} max(0, margin + e_iy − e_id) / (D − 1)) / Σ_i 1
///   total          = Σ_k weight_k · term_k + penalty()
///
/// with i over the *global* batch, so that N ranks on a batch are one rank on it; y = y_i is the
/// sample's class and e_id the error of class d's decoder. A sample whose class is unknown (−1) is
/// left out of that term; a term without any labelled sample is 0.
/// Source: the reference's training scripts. Uncertainty: arXiv:1805.06334.
class WeightedLossImpl : public torch::nn::Module {
 public:
  /// @param initial  v or p, one a term; empty: equal
  /// @param margin   of a network that reconstructs, which has a single task; else nothing
  /// @throws Error(Usage) if `initial` doesn't fit
  WeightedLossImpl(const std::vector<TaskLoss>& tasks, TaskWeighting weighting,
                   const std::vector<double>& initial,
                   const std::optional<double>& margin = std::nullopt);

  /// What each term is divided by, as far as these samples go, [K] float64 on the CPU: to be summed
  /// over all ranks.
  /// @param targets  [b, tasks] int64, output index or −1
  [[nodiscard]] torch::Tensor weight_sums(const torch::Tensor& targets) const;

  /// The weighted terms, without penalty().
  /// @param output       of b samples
  /// @param targets      [b, tasks] int64 on the output's device, output index or −1
  /// @param weight_sums  [K] float64 on the CPU: weight_sums() of the whole global batch
  BatchLoss forward(const model::Output& output, const torch::Tensor& targets,
                    const torch::Tensor& weight_sums);

  /// What is to be added once a global batch: Σ_k ln(1 + p_k²), a scalar with gradient, which keeps
  /// the weights from vanishing. 0 but with uncertainty.
  [[nodiscard]] torch::Tensor penalty() const;

  /// "reconstruction", "BIN" …
  [[nodiscard]] const std::vector<std::string>& terms() const { return terms_; }
  [[nodiscard]] TaskWeighting weighting() const { return weighting_; }
  /// What each term is multiplied with, [K]: softmax(v), or 0.5 / p².
  [[nodiscard]] torch::Tensor term_weights() const;

 private:
  TaskWeighting weighting_;
  std::optional<double> margin_;
  std::vector<std::string> terms_;
  std::vector<torch::Tensor> class_weights_;  // by task
  torch::Tensor v_;                           // or p
};
TORCH_MODULE(WeightedLoss);

}  // namespace codectrace::train
