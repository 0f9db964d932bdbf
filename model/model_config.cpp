#include "model/model_config.h"

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

void require(bool holds, const std::string& message) {
  if (!holds) throw Error(ErrorKind::Usage, message);
}

EncoderConfig small_encoder() {
  EncoderConfig encoder;
  encoder.conv_dims = {160, 160, 128};  // 80 bands at 100 Hz, 50 Hz, 10 Hz
  encoder.conv_kernels = {400, 5, 6};
  encoder.conv_strides = {160, 2, 5};
  encoder.conv_paddings = {0, 2, 3};
  encoder.conv_norms = {"batch", "batch", "layer"};
  encoder.conv_starts = {"filterbank", "cepstral", "average"};
  encoder.energy = true;
  encoder.dim = 64;
  encoder.layers = 1;
  encoder.heads = 4;
  encoder.ffn_dim = 128;
  encoder.pos_conv_kernel = 16;
  encoder.pos_conv_groups = 4;
  encoder.pretraining_weights = false;
  return encoder;
}

BackendConfig small_backend() {
  BackendConfig backend;
  backend.projection = 48;
  backend.channels = {16, 16, 32, 32};
  constexpr double kLessDropout = 0.3;  // few weights, trained from nothing
  backend.graph_dropout *= kLessDropout;
  backend.pool_dropout *= kLessDropout;
  backend.readout_dropout *= kLessDropout;
  backend.output_dropout *= kLessDropout;
  return backend;
}

AudioMaeConfig small_audio_mae() {
  AudioMaeConfig audio_mae;
  audio_mae.image_width = 32;  // with 32 frames: 8 x 8 tokens
  audio_mae.patch = 4;
  audio_mae.dim = 64;
  audio_mae.layers = 2;
  audio_mae.heads = 4;
  audio_mae.ffn_dim = 128;
  audio_mae.decoder_dim = 32;
  audio_mae.decoder_layers = 1;
  audio_mae.decoder_heads = 4;
  audio_mae.decoder_ffn_dim = 64;
  audio_mae.cross_heads = 4;
  audio_mae.contrastive_weights = false;
  return audio_mae;
}

FusionConfig small_fusion() {
  FusionConfig fusion;
  fusion.layers = 1;
  fusion.heads = 4;
  fusion.ffn_dim = 128;
  return fusion;
}

WhisperConfig small_whisper() {
  WhisperConfig whisper;
  whisper.mels = 40;
  whisper.frames = 160;
  whisper.dim = 64;
  whisper.layers = 1;
  whisper.heads = 4;
  whisper.ffn_dim = 128;
  whisper.pooled_frames = 156;  // what an utterance fills
  whisper.decoder_weights = false;
  return whisper;
}

constexpr std::int64_t kFewestFrames = 12;  // four temporal nodes, two of which a pool keeps

void check_frames(const std::string& what, std::int64_t frames) {
  require(frames >= kFewestFrames, fmt::format("{} gives {} frames; the back end needs at least {}",
                                               what, frames, kFewestFrames));
}

/// SAST Net's parts by themselves, and beside each other.
void check_sast_net(const ModelConfig& config, std::int64_t frames) {
  check(config.audio_mae);
  check(config.whisper);
  const int patch = config.audio_mae.patch;
  const int dim = config.audio_mae.dim;
  require(frames > 0 && frames % patch == 0,
          fmt::format("model.input_samples {} gives {} frames, which must be a multiple of "
                      "model.audio_mae.patch {}",
                      config.input_samples, frames, patch));
  require(dim % config.fusion.heads == 0,
          fmt::format("model.audio_mae.dim {} must be a multiple of model.fusion.heads {}", dim,
                      config.fusion.heads));
  require(config.whisper.dim == dim,
          fmt::format("model.whisper.dim {} must be model.audio_mae.dim {}: they are fused",
                      config.whisper.dim, dim));
  constexpr std::int64_t kSamplesPerFrame = 320;  // of Whisper's encoder: 20 ms
  require(config.input_samples <= kSamplesPerFrame * config.whisper.frames,
          fmt::format("model.input_samples {} are more than the {} frames of model.whisper.frames "
                      "cover, {} samples",
                      config.input_samples, config.whisper.frames,
                      kSamplesPerFrame * config.whisper.frames));
  check_frames(fmt::format("model.masking.ratio {}", config.masking.ratio),
               1 + kept_tokens(token_grid(config), config.masking));
}

}  // namespace

void ModelConfig::apply_preset() {
  const bool small = preset == Preset::Small;
  encoder = small ? small_encoder() : EncoderConfig{};
  backend = small ? small_backend() : BackendConfig{};
  switch (name) {
    case Architecture::W2v2Aasist:
      input_samples = small ? 48240 : 64600;  // small: 300 frames of the first convolution, 31 of
      return;                                 // the last
    case Architecture::SastNet:
      input_samples = small ? 49680 : 82200;  // 32 and 256 frames
      audio_mae = small ? small_audio_mae() : AudioMaeConfig{};
      masking = {};
      fusion = small ? small_fusion() : FusionConfig{};
      whisper = small ? small_whisper() : WhisperConfig{};
      return;
  }
}

std::vector<std::string> tasks_of(const ModelConfig& config) {
  if (config.name == Architecture::SastNet) return {std::string(config::name_of(config.task))};
  switch (config.type) {
    using enum W2v2AasistType;
    case S_BIN:
      return {"BIN"};
    case S_VQ:
      return {"VQ"};
    case S_AUX:
      return {"AUX"};
    case S_DEC:
      return {"DEC"};
    case D_VQ:
      return {"BIN", "VQ"};
    case D_AUX:
      return {"BIN", "AUX"};
    case D_DEC:
      return {"BIN", "DEC"};
    case M1:
      return {"BIN", "AUX", "DEC", "VQ"};
    case M2:
      return {"AUX", "DEC", "VQ"};
  }
  invariant_failed("type", "a model type without tasks");
}

std::string_view variant_of(const ModelConfig& config) {
  switch (config.name) {
    case Architecture::W2v2Aasist:
      return config::name_of(config.type);
    case Architecture::SastNet:
      return config::name_of(config.task);
  }
  invariant_failed("name", "an architecture without variants");
}

std::string describe(const ModelConfig& config) {
  return fmt::format("{} {}", config::name_of(config.name), variant_of(config));
}

std::string_view encoder_prefix(const ModelConfig& config) {
  switch (config.name) {
    case Architecture::W2v2Aasist:
      return "ssl_model.";
    case Architecture::SastNet:
      return "SSL_model.";
  }
  invariant_failed("name", "an architecture without an encoder");
}

ModelConfig preset_config(Architecture name, Preset preset) {
  ModelConfig config;
  config.name = name;
  config.preset = preset;
  config.apply_preset();
  return config;
}

TokenGrid token_grid(const ModelConfig& config) {
  return {frame_count(config.encoder, config.input_samples) / config.audio_mae.patch,
          config.audio_mae.image_width / config.audio_mae.patch};
}

void check(const ModelConfig& config) {
  check(config.encoder);
  require(!config.backend.channels.empty(), "model.backend.channels is empty");
  const std::int64_t frames = frame_count(config.encoder, config.input_samples);
  switch (config.name) {
    case Architecture::W2v2Aasist:
      check_frames(fmt::format("model.input_samples {}", config.input_samples), frames);
      return;
    case Architecture::SastNet:
      check_sast_net(config, frames);
      return;
  }
}

}  // namespace codectrace::model
