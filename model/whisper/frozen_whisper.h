#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/frozen_part.h"
#include "model/whisper/whisper_encoder.h"

namespace codectrace::model {

/// Whisper's pooled encoder output as features that shards can keep: 197 kB an utterance for
/// Whisper-small in float16.
class FrozenWhisper : public FrozenPart {
 public:
  /// @param input_samples  length of what the network, and with it the encoder, is given
  FrozenWhisper(WhisperEncoder encoder, std::int64_t input_samples);

  void to(torch::Device device) { encoder_->to(device); }

  [[nodiscard]] std::string name() const override { return "whisper"; }
  [[nodiscard]] std::vector<std::int64_t> shape() const override;
  [[nodiscard]] std::string provenance() const override;
  [[nodiscard]] std::int64_t input_samples() const override { return input_samples_; }
  [[nodiscard]] torch::Tensor compute(const torch::Tensor& waveform) override;

 private:
  WhisperEncoder encoder_;
  std::int64_t input_samples_;
};

}  // namespace codectrace::model
