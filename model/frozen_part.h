#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

namespace codectrace::model {

/// A part of a network that isn't trained: what it gives for an utterance never changes, so it can
/// be kept (in shards) and handed to the network as Input::features.
class FrozenPart {
 public:
  virtual ~FrozenPart() = default;

  /// Of the column that keeps it: "whisper".
  [[nodiscard]] virtual std::string name() const = 0;
  /// Of one utterance's features.
  [[nodiscard]] virtual std::vector<std::int64_t> shape() const = 0;
  /// What makes them, its weights' checksum and the part of the utterance that it sees: equal text,
  /// equal features.
  [[nodiscard]] virtual std::string provenance() const = 0;
  /// Length that utterances are cut or repeated to: the network's.
  [[nodiscard]] virtual std::int64_t input_samples() const = 0;
  /// @param waveform  [B, input_samples()], of whatever type and device
  /// @return          [B, shape()…], on the weights' device
  [[nodiscard]] virtual torch::Tensor compute(const torch::Tensor& waveform) = 0;
};

}  // namespace codectrace::model
