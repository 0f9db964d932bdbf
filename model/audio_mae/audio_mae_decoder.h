#pragma once

#include <torch/torch.h>

#include "model/audio_mae/audio_mae_config.h"
#include "model/audio_mae/token_choice.h"
#include "model/linear.h"

namespace codectrace::model {

/// MAE.all_decoders.*: predicts every patch of an image, hidden or not, from the encoder's output.
class AudioMaeDecoderImpl : public torch::nn::Module {
 public:
  AudioMaeDecoderImpl(const AudioMaeConfig& config, const TokenGrid& grid);

  /// @param encoded  [B, 1 + K, dim], of the chosen tokens behind the class token
  /// @return         [B, N, patch²] in the tokens' own order, whatever the choice's
  torch::Tensor forward(const torch::Tensor& encoded, const TokenChoice& choice);

 private:
  torch::Tensor restored(const torch::Tensor& embedded, const TokenChoice& choice);

  torch::Tensor mask_token_, decoder_pos_embed_;
  Linear decoder_embed_{nullptr}, decoder_pred_{nullptr};
  torch::nn::ModuleList decoder_blocks_;
  torch::nn::LayerNorm decoder_norm_{nullptr};
};
TORCH_MODULE(AudioMaeDecoder);

}  // namespace codectrace::model
