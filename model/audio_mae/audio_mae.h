#pragma once

#include <vector>

#include <torch/torch.h>

#include "model/audio_mae/audio_mae_decoder.h"
#include "model/audio_mae/audio_mae_encoder.h"
#include "model/packed_attention.h"

namespace codectrace::model {

/// MAE: an encoder of an image's tokens, a decoder a class, and the encoder's attention to what the
/// decoders predict: where only the right class's decoder reconstructs well, it tells the class.
class AudioMaeImpl : public torch::nn::Module {
 public:
  AudioMaeImpl(const AudioMaeConfig& config, const TokenGrid& grid, std::int64_t classes);

  struct Result {
    torch::Tensor tokens;  ///< [B, 1 + K, dim], a class token in front
    /// Of each decoder: the squared difference to the image, meant over the hidden tokens, [B,
    /// classes] in at least float32; undefined if none is hidden. Gradients go into both.
    torch::Tensor errors;
  };
  /// @param image  [B, H, W], H is time
  Result forward(const torch::Tensor& image, const TokenChoice& choice);

 private:
  [[nodiscard]] torch::Tensor patches_of(const torch::Tensor& image) const;

  std::int64_t patch_;
  TokenGrid grid_;
  AudioMaeEncoder encoder_{nullptr};
  torch::nn::ModuleList all_decoders_;
  Linear proj_k_{nullptr}, proj_v_{nullptr};
  PackedAttention attn_{nullptr};
};
TORCH_MODULE(AudioMae);

}  // namespace codectrace::model
