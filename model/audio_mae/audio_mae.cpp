#include "model/audio_mae/audio_mae.h"

namespace codectrace::model {
namespace {

torch::Tensor wide(const torch::Tensor& x) {
  return x.scalar_type() == torch::kFloat64 ? x : x.to(torch::kFloat32);
}

/// @param hidden  [B, N], 1 where a token is hidden
/// @return        [B]
torch::Tensor error_of(const torch::Tensor& predicted, const torch::Tensor& patches,
                       const torch::Tensor& hidden) {
  const auto of_token = (wide(predicted) - wide(patches)).square().mean(2);  // [B, N]
  return (of_token * hidden).sum(1) / hidden.sum(1);
}

/// The projection for a contrastive loss that the reference never switches on.
void register_projection_head(torch::nn::Module& owner, std::int64_t dim) {
  constexpr std::int64_t kHidden = 512;
  constexpr std::int64_t kOut = 128;
  const auto head = owner.register_module("projection_head", std::make_shared<torch::nn::Module>());
  head->register_module("fc1", xavier_linear(dim, kHidden));
  head->register_module("fc2", xavier_linear(kHidden, kOut));
}

}  // namespace

AudioMaeImpl::AudioMaeImpl(const AudioMaeConfig& config, const TokenGrid& grid,
                           std::int64_t classes)
    : patch_(config.patch), grid_(grid) {
  encoder_ = register_module("encoder", AudioMaeEncoder(config, grid));
  register_module("all_decoders", all_decoders_);
  for (std::int64_t i = 0; i < classes; ++i)
    all_decoders_->push_back(AudioMaeDecoder(config, grid));
  proj_k_ = register_module("proj_k", xavier_linear(patch_ * patch_, config.dim));
  proj_v_ = register_module("proj_v", xavier_linear(patch_ * patch_, config.dim));
  attn_ = register_module("attn", PackedAttention(config.dim, config.cross_heads));
  if (config.contrastive_weights) register_projection_head(*this, config.dim);
}

/// [B, H, W] → [B, N, patch²], each row by row.
torch::Tensor AudioMaeImpl::patches_of(const torch::Tensor& image) const {
  return image.reshape({-1, grid_.rows, patch_, grid_.bands, patch_})
      .transpose(2, 3)
      .reshape({-1, grid_.tokens(), patch_ * patch_});
}

AudioMaeImpl::Result AudioMaeImpl::forward(const torch::Tensor& image, const TokenChoice& choice) {
  const auto patches = patches_of(image);                   // [B, N, patch²]
  const auto encoded = encoder_(patches, choice);           // [B, 1 + K, dim]
  const auto hidden_ones = hidden(choice, grid_.tokens());  // [B, N]
  std::vector<torch::Tensor> predictions;
  std::vector<torch::Tensor> errors;
  for (const auto& decoder : *all_decoders_) {
    predictions.push_back(decoder->as<AudioMaeDecoder>()->forward(encoded, choice));
    if (hidden_ones.defined()) errors.push_back(error_of(predictions.back(), patches, hidden_ones));
  }
  // Keys in any order give the same.
  const auto predicted = torch::cat(predictions, 1);  // [B, classes · N, patch²]
  Result result;
  result.tokens = attn_(encoded, proj_k_(predicted), proj_v_(predicted));
  if (!errors.empty()) result.errors = torch::stack(errors, 1);
  return result;
}

}  // namespace codectrace::model
