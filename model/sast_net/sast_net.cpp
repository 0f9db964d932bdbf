#include "model/sast_net/sast_net.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "model/sast_net/whisper_decoder.h"

namespace codectrace::model {

SastNet::SastNet(const ModelConfig& config, std::vector<Head> heads)
    : heads_(std::move(heads)),
      input_samples_(config.input_samples),
      grid_(token_grid(config)),
      masking_(config.masking),
      frontend_(config.encoder),
      whisper_(config.whisper),
      frozen_whisper_(whisper_, config.input_samples),
      backend_(*this, config.audio_mae.dim, config.backend) {
  CT_INVARIANT(heads_.size() == 1, "a SAST Net answers one task");
  const auto classes = static_cast<std::int64_t>(heads_[0].classes.size());
  // SSL_model.model and whisper.model, as published: inside wrappers.
  register_module("SSL_model", std::make_shared<torch::nn::Module>())
      ->register_module("model", frontend_);
  SSL_proj_ = register_module("SSL_proj", Linear(config.encoder.dim, config.audio_mae.image_width));
  MAE_ = register_module("MAE", AudioMae(config.audio_mae, grid_, classes));
  const auto whisper = register_module("whisper", std::make_shared<torch::nn::Module>())
                           ->register_module("model", std::make_shared<torch::nn::Module>());
  whisper->register_module("encoder", whisper_);
  if (config.whisper.decoder_weights) {
    whisper->register_module(
        "decoder",
        whisper_decoder_weights(config.whisper.dim, config.whisper.layers, config.whisper.ffn_dim));
  }
  const auto longest = std::max<std::int64_t>(1 + grid_.tokens(), config.whisper.pooled_frames / 2);
  const auto transformer = [&](const std::string& name) {
    return register_module(name,
                           CrossModalTransformer(config.fusion, config.audio_mae.dim, longest));
  };
  ta_transformer_ = transformer("ta_transformer");
  at_transformer_ = transformer("at_transformer");
  at_ta_transformer_ = transformer("at_ta_transformer");
  branch_ = register_module(
      kSastNetBranch, GraphBranch(config.backend, config.backend.projection / kPool, classes));
}

/// @param audio  [B, 1 + K, D] of the autoencoder
/// @param text   [B, W, D] of Whisper
/// @return       [B, 1 + K, D]
torch::Tensor SastNet::fused(const torch::Tensor& audio, const torch::Tensor& text) {
  const auto audio_of_text = at_transformer_(audio, text);
  const auto text_of_audio = ta_transformer_(text, audio);
  return at_ta_transformer_(audio_of_text, text_of_audio);
}

Output SastNet::forward(const Input& input) {
  if (input.drawing != Drawing::Nothing &&
      static_cast<std::int64_t>(input.seeds.size()) != input.waveform.size(0)) {
    throw Error(ErrorKind::Usage, fmt::format("{} seeds for {} utterances, each of which is drawn "
                                              "for",
                                              input.seeds.size(), input.waveform.size(0)));
  }
  auto choice = drawn_tokens(grid_, masking_, input.drawing, input.seeds);
  if (choice.kept.defined()) choice.kept = choice.kept.to(input.waveform.device());
  return forward(input, choice);
}

Output SastNet::forward(const Input& input, const TokenChoice& choice) {
  const auto& waveform = input.waveform;
  if (waveform.dim() != 2 || waveform.size(1) != input_samples_) {
    throw Error(ErrorKind::Usage,
                fmt::format("the network takes waveforms of {} samples", input_samples_));
  }
  const auto image = SSL_proj_(frontend_(waveform));  // [B, F, image_width]
  const auto mae = MAE_(image, choice);               // tokens [B, 1 + K, D]
  const auto text =
      input.features.defined() ? input.features : whisper_->pooled(waveform);  // [B, W, D]
  const auto features = backend_.forward(fused(mae.tokens, text));
  Output output;
  output.logits = {branch_(features.x, features.attention)};  // [B, classes]
  output.reconstruction_errors = mae.errors;
  return output;
}

void SastNet::synchronise_batch_norm(const SumOverRanks& sum) {
  synchronise_batch_norms(*this, sum);
}

}  // namespace codectrace::model
