#include "model/audio_mae/audio_mae_encoder.h"

#include "model/audio_mae/positions.h"
#include "model/audio_mae/vit_block.h"
#include "model/linear.h"

namespace codectrace::model {

AudioMaeEncoderImpl::AudioMaeEncoderImpl(const AudioMaeConfig& config, const TokenGrid& grid) {
  cls_token_ = register_parameter("cls_token", torch::empty({1, 1, config.dim}));
  torch::nn::init::normal_(cls_token_, 0.0, kTokenStddev);
  pos_embed_ = register_parameter("pos_embed", image_positions(grid, config.dim),
                                  /*requires_grad=*/false);
  // Only names and start of a convolution: patches don't overlap, so it is a linear layer on each.
  proj_ = register_module("patch_embed", std::make_shared<torch::nn::Module>())
              ->register_module(
                  "proj",
                  torch::nn::Conv2d(
                      torch::nn::Conv2dOptions(1, config.dim, config.patch).stride(config.patch)));
  torch::nn::init::xavier_uniform_(proj_->weight.view({config.dim, -1}));
  register_module("blocks", blocks_);
  for (int i = 0; i < config.layers; ++i)
    blocks_->push_back(VitBlock(VitSizes{config.dim, config.heads, config.ffn_dim}));
  norm_ = register_module("norm", vit_norm(config.dim));
}

/// The chosen tokens with their positions. [B, K, dim]
torch::Tensor AudioMaeEncoderImpl::embedded(const torch::Tensor& patches,
                                            const TokenChoice& choice) {
  const auto tokens = linear(chosen(patches, choice), proj_->weight.flatten(1), proj_->bias);
  const auto positions = pos_embed_.slice(1, 1).expand({patches.size(0), -1, -1});
  return tokens + chosen(positions, choice).to(tokens.scalar_type());
}

torch::Tensor AudioMaeEncoderImpl::forward(const torch::Tensor& patches,
                                           const TokenChoice& choice) {
  const auto tokens = embedded(patches, choice);  // [B, K, dim]
  const auto cls = (cls_token_ + pos_embed_.slice(1, 0, 1)).to(tokens.scalar_type());
  auto x = torch::cat({cls.expand({tokens.size(0), -1, -1}), tokens}, 1);  // [B, 1 + K, dim]
  for (const auto& block : *blocks_) x = block->as<VitBlock>()->forward(x);
  return norm_(x);
}

}  // namespace codectrace::model
