#pragma once

#include <utility>

#include <torch/torch.h>

#include "model/network.h"

namespace codectrace::model {

/// Batch normalisation over all dimensions but the second, of [N, C] or [N, C, …], with torch's
/// parameters, buffers and defaults (eps 1e-5, momentum 0.1).
///
/// With a SumOverRanks, training uses the mean and variance of the batches of all ranks together,
/// weighted by their sizes, and backward sums over ranks accordingly: N ranks give what one rank
/// gives on the joined batch. A rank may have an empty batch.
class BatchNormImpl : public torch::nn::Module {
 public:
  explicit BatchNormImpl(std::int64_t channels);

  torch::Tensor forward(const torch::Tensor& x);

  /// Hands the hook over; empty: this process's batch alone.
  void synchronise(SumOverRanks sum) { sum_ = std::move(sum); }

  /// As in Python, the count of batches stays an integer.
  using torch::nn::Module::to;
  void to(torch::Device device, torch::Dtype dtype, bool non_blocking = false) override;
  void to(torch::Dtype dtype, bool non_blocking = false) override;

 private:
  torch::Tensor weight_;
  torch::Tensor bias_;
  torch::Tensor running_mean_;
  torch::Tensor running_var_;
  torch::Tensor num_batches_tracked_;
  SumOverRanks sum_;
};
TORCH_MODULE(BatchNorm);

/// Hands `sum` to every BatchNorm below `module`.
void synchronise_batch_norms(torch::nn::Module& module, const SumOverRanks& sum);

}  // namespace codectrace::model
