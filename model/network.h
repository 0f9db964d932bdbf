#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "model/frozen_part.h"
#include "model/reference_program.h"

namespace codectrace::model {

/// One output of a network: a task of the taxonomy and its classes in output order.
struct Head {
  std::string task;                  ///< "BIN"
  std::vector<std::string> classes;  ///< output index → class name
};

/// Sums a tensor over all ranks, in place, in stream order: how batch norm gets the statistics of
/// the global batch without the networks knowing of ranks. Empty: this process is alone.
using SumOverRanks = std::function<void(torch::Tensor&)>;

/// What a network draws for each utterance, from the utterance's seed and nothing else.
enum class Drawing {
  Nothing,
  Masks,      ///< hides parts of the input, which a network that reconstructs learns from
  TokenOrder  ///< the reference's permutation of tokens at inference (compat.reference)
};

/// A batch as a network takes it. Networks ignore what they have no use for.
struct Input {
  torch::Tensor waveform;  ///< [B, T] in the weights' type and device, 16 kHz, T = input_samples()
  Drawing drawing = Drawing::Nothing;
  std::vector<std::uint64_t> seeds;  ///< one an utterance, where something is drawn
  torch::Tensor features;  ///< of the frozen part, [B, …]; undefined: the network computes them
};

/// What a network answers to it.
struct Output {
  std::vector<torch::Tensor> logits;  ///< [B, classes] a head, in heads()' order
  /// With Drawing::Masks, of a network that reconstructs: the error of each class's decoder on what
  /// was hidden, [B, classes of the only head]; else undefined.
  torch::Tensor reconstruction_errors;
};

/// What train/ and evaluate/ see of a model.
class Network : public torch::nn::Module {
 public:
  virtual Output forward(const Input& input) = 0;
  /// Of waveforms alone.
  std::vector<torch::Tensor> logits(const torch::Tensor& waveform) {
    Input input;
    input.waveform = waveform;
    return forward(input).logits;
  }

  [[nodiscard]] virtual const std::vector<Head>& heads() const = 0;
  /// Length that utterances are cut or repeated to.
  [[nodiscard]] virtual std::int64_t input_samples() const = 0;
  /// Statistics of batch norm over all ranks while training; kept for all later calls.
  virtual void synchronise_batch_norm(const SumOverRanks& sum) = 0;
  /// Does it learn to reconstruct what masks hide, beside answering?
  [[nodiscard]] virtual bool reconstructs() const { return false; }
  [[nodiscard]] virtual ReferenceProgram reference_program() const {
    return ReferenceProgram::W2v2Aasist;
  }
  /// Its own; nullptr if it has none.
  [[nodiscard]] virtual FrozenPart* frozen_part() { return nullptr; }
};

}  // namespace codectrace::model
