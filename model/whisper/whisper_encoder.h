#pragma once

#include <torch/torch.h>

#include "model/linear.h"
#include "model/whisper/log_mel.h"
#include "model/whisper/whisper_config.h"

namespace codectrace::model {

/// One pre-norm transformer layer of Whisper, with its names.
class WhisperLayerImpl : public torch::nn::Module {
 public:
  explicit WhisperLayerImpl(const WhisperConfig& config);
  /// The first `rows` frames of the layer's output; all frames of x are attended to.
  /// @param x  [B, F, D]
  /// @return   [B, rows, D]
  torch::Tensor forward(const torch::Tensor& x, std::int64_t rows);

 private:
  torch::Tensor attend(const torch::Tensor& x, std::int64_t rows);

  std::int64_t heads_;
  Linear k_proj_{nullptr}, v_proj_{nullptr}, q_proj_{nullptr}, out_proj_{nullptr};
  torch::nn::LayerNorm self_attn_layer_norm_{nullptr}, final_layer_norm_{nullptr};
  Linear fc1_{nullptr}, fc2_{nullptr};
};
TORCH_MODULE(WhisperLayer);

/// The encoder of Whisper (arXiv:2212.04356), frozen: no parameter wants a gradient, none is
/// recorded, and it stays in eval mode whatever the network around it does.
///
/// Submodules carry the released names below "model.encoder.".
class WhisperEncoderImpl : public torch::nn::Module {
 public:
  /// @throws Error(Usage) as check(config)
  explicit WhisperEncoderImpl(const WhisperConfig& config);

  /// @param log_mel  [B, mels, 2·frames], as LogMel's
  /// @return         [B, frames, dim]; the autocast type if one is active
  /// @throws Error(Usage) for another shape
  torch::Tensor forward(const torch::Tensor& log_mel);

  /// The mean of frames 2j and 2j + 1 of the first pooled_frames of its output: what SAST Net
  /// takes. The same numbers as forward()'s but for rounding, without what they don't depend on.
  /// @param waveform  [B, T], 16 kHz; as LogMel takes it
  /// @return          [B, pooled_frames / 2, dim]
  ///
  /// A few utterances at a time, so memory doesn't grow with B.
  torch::Tensor pooled(const torch::Tensor& waveform);

  void train(bool on = true) override;

  [[nodiscard]] const WhisperConfig& config() const { return config_; }

 private:
  torch::Tensor convolved(const torch::Tensor& log_mel);
  torch::Tensor encoded(torch::Tensor x, std::int64_t rows);
  torch::Tensor pooled_at_once(const torch::Tensor& waveform);

  WhisperConfig config_;
  LogMel log_mel_;
  torch::nn::Conv1d conv1_{nullptr}, conv2_{nullptr};
  torch::nn::Embedding embed_positions_{nullptr};
  torch::nn::ModuleList layers_;
  torch::nn::LayerNorm layer_norm_{nullptr};
};
TORCH_MODULE(WhisperEncoder);

}  // namespace codectrace::model
