#include "model/audio_mae/audio_mae_decoder.h"

#include "model/audio_mae/positions.h"
#include "model/audio_mae/vit_block.h"

namespace codectrace::model {

AudioMaeDecoderImpl::AudioMaeDecoderImpl(const AudioMaeConfig& config, const TokenGrid& grid) {
  const std::int64_t dim = config.decoder_dim;
  mask_token_ = register_parameter("mask_token", torch::empty({1, 1, dim}));
  torch::nn::init::normal_(mask_token_, 0.0, kTokenStddev);
  decoder_pos_embed_ = register_parameter("decoder_pos_embed", image_positions(grid, dim),
                                          /*requires_grad=*/false);
  decoder_embed_ = register_module("decoder_embed", xavier_linear(config.dim, dim));
  register_module("decoder_blocks", decoder_blocks_);
  for (int i = 0; i < config.decoder_layers; ++i) {
    decoder_blocks_->push_back(
        VitBlock(VitSizes{dim, config.decoder_heads, config.decoder_ffn_dim}));
  }
  decoder_norm_ = register_module("decoder_norm", vit_norm(dim));
  decoder_pred_ = register_module(
      "decoder_pred", xavier_linear(dim, static_cast<std::int64_t>(config.patch) * config.patch));
}

/// Every token at its place, the mask token where one was hidden. [B, 1 + K, D] → [B, 1 + N, D]
torch::Tensor AudioMaeDecoderImpl::restored(const torch::Tensor& embedded,
                                            const TokenChoice& choice) {
  if (!choice.kept.defined()) return embedded;
  const auto places = torch::cat({torch::zeros_like(choice.kept.narrow(1, 0, 1)), choice.kept + 1},
                                 1);  // of the class token and the others, [B, 1 + K]
  const auto masked = mask_token_.to(embedded.scalar_type())
                          .expand({embedded.size(0), decoder_pos_embed_.size(1), -1});
  return masked.scatter(1, places.unsqueeze(2).expand_as(embedded), embedded);
}

torch::Tensor AudioMaeDecoderImpl::forward(const torch::Tensor& encoded,
                                           const TokenChoice& choice) {
  auto x = restored(decoder_embed_(encoded), choice);  // [B, 1 + N, D]
  x = x + decoder_pos_embed_.to(x.scalar_type());
  for (const auto& block : *decoder_blocks_) x = block->as<VitBlock>()->forward(x);
  return decoder_pred_(decoder_norm_(x.slice(1, 1)));
}

}  // namespace codectrace::model
