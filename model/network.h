#pragma once

#include <functional>
#include <string>
#include <vector>

#include <torch/torch.h>

namespace codectrace::model {

/// One output of a network: a task of the taxonomy and its classes in output order.
struct Head {
  std::string task;                  ///< "BIN"
  std::vector<std::string> classes;  ///< output index → class name
};

/// Sums a tensor over all ranks, in place, in stream order: how batch norm gets the statistics of
/// the global batch without the networks knowing of ranks. Empty: this process is alone.
using SumOverRanks = std::function<void(torch::Tensor&)>;

/// What train/ and evaluate/ see of a model.
class Network : public torch::nn::Module {
 public:
  /// @param waveform  [B, T] in the weights' type and device, 16 kHz, T = input_samples()
  /// @return          logits [B, classes] a head, in heads()' order
  virtual std::vector<torch::Tensor> forward(const torch::Tensor& waveform) = 0;

  [[nodiscard]] virtual const std::vector<Head>& heads() const = 0;
  /// Length that utterances are cut or repeated to.
  [[nodiscard]] virtual std::int64_t input_samples() const = 0;
  /// Statistics of batch norm over all ranks while training; kept for all later calls.
  virtual void synchronise_batch_norm(const SumOverRanks& sum) = 0;
};

}  // namespace codectrace::model
