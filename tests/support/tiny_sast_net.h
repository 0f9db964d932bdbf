#pragma once

#include "model/model_config.h"
#include "tests/support/tiny_model.h"

namespace codectrace::test {

/// A SAST Net of a few thousand weights: 1610 samples, 32 frames, 8 x 4 tokens.
inline model::ModelConfig tiny_sast_net(model::SastNetTask task = model::SastNetTask::Vq) {
  model::ModelConfig config;
  config.name = model::Architecture::SastNet;
  config.task = task;
  config.input_samples = 1610;
  config.encoder = tiny_model().encoder;
  config.backend = tiny_model().backend;
  auto& audio_mae = config.audio_mae;
  audio_mae.image_width = 16;
  audio_mae.patch = 4;
  audio_mae.contrastive_weights = false;
  auto& whisper = config.whisper;
  whisper.mels = 20;
  whisper.frames = 8;  // 2560 samples
  whisper.pooled_frames = 6;
  whisper.decoder_weights = false;
  // All parts are as wide as the encoder.
  const int dim = config.encoder.dim;
  const int ffn_dim = config.encoder.ffn_dim;
  audio_mae.dim = audio_mae.decoder_dim = whisper.dim = dim;
  audio_mae.ffn_dim = audio_mae.decoder_ffn_dim = config.fusion.ffn_dim = whisper.ffn_dim = ffn_dim;
  audio_mae.layers = audio_mae.decoder_layers = config.fusion.layers = whisper.layers = 1;
  audio_mae.heads = audio_mae.decoder_heads = audio_mae.cross_heads = 2;
  config.fusion.heads = whisper.heads = 2;
  return config;
}

}  // namespace codectrace::test
