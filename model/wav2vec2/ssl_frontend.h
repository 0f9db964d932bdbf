#pragma once

#include <torch/torch.h>

#include "model/linear.h"
#include "model/model_config.h"
#include "model/wav2vec2/encoder_block.h"

namespace codectrace::model {

/// Self-supervised front end of W2V2-AASIST: a wav2vec 2.0 encoder, by default XLS-R's
/// (arXiv:2111.09296).
///
/// Submodules carry fairseq's names, so that published weights load without a rename table.
class SslFrontendImpl : public torch::nn::Module {
 public:
  explicit SslFrontendImpl(const EncoderConfig& config);

  /// @param waveform  [B, T] in [-1, 1], 16 kHz
  /// @return          [B, F, dim], F = frame_count(config, T); the autocast type if one is active
  ///
  /// The reference pads an odd F by a frame that is masked as a key and cut off again, which
  /// changes nothing; so it isn't done here.
  torch::Tensor forward(const torch::Tensor& waveform);

 private:
  torch::Tensor convolve(const torch::Tensor& waveform);
  void register_pretraining_weights(std::int64_t conv_dim);

  EncoderConfig config_;
  torch::nn::ModuleList conv_layers_;
  torch::nn::LayerNorm layer_norm_{nullptr};
  Linear post_extract_proj_{nullptr};
  torch::nn::Dropout dropout_input_{nullptr};
  torch::nn::ModuleList layers_;
  torch::nn::LayerNorm encoder_layer_norm_{nullptr};
  torch::nn::AnyModule pos_conv_;
};
TORCH_MODULE(SslFrontend);

}  // namespace codectrace::model
