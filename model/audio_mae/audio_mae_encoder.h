#pragma once

#include <torch/torch.h>

#include "model/audio_mae/audio_mae_config.h"
#include "model/audio_mae/token_choice.h"

namespace codectrace::model {

/// MAE.encoder: a vision transformer over the tokens that masks leave (arXiv:2207.06405).
class AudioMaeEncoderImpl : public torch::nn::Module {
 public:
  AudioMaeEncoderImpl(const AudioMaeConfig& config, const TokenGrid& grid);

  /// @param patches  [B, N, patch²], all of them
  /// @return         [B, 1 + K, dim], a class token in front
  torch::Tensor forward(const torch::Tensor& patches, const TokenChoice& choice);

 private:
  torch::Tensor embedded(const torch::Tensor& patches, const TokenChoice& choice);

  torch::Tensor cls_token_, pos_embed_;
  torch::nn::Conv2d proj_{nullptr};
  torch::nn::ModuleList blocks_;
  torch::nn::LayerNorm norm_{nullptr};
};
TORCH_MODULE(AudioMaeEncoder);

}  // namespace codectrace::model
