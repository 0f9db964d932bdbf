#include "model/whisper/whisper_encoder.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

constexpr std::int64_t kAtOnce = 8;  // utterances: 12,000 frames fill a GPU, too

torch::nn::LayerNorm layer_norm(std::int64_t dim) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}));  // eps 1e-5
}

/// Whisper's: sines in the first half of a row, cosines in the second. [frames, dim]
torch::Tensor sinusoids(std::int64_t frames, std::int64_t dim) {
  const auto half = dim / 2;
  const double step = std::log(10000.0) / static_cast<double>(half - 1);
  const auto rate = torch::exp(-step * torch::arange(half, torch::kFloat64));
  const auto angle = torch::outer(torch::arange(frames, torch::kFloat64), rate);
  return torch::cat({torch::sin(angle), torch::cos(angle)}, 1).to(torch::kFloat32);
}

/// `x`'s last frame but one stands for frames that are missing before its last. [B, F, D] →
/// [B, frames, D]
torch::Tensor with_silence(const torch::Tensor& x, std::int64_t frames) {
  const auto short_of = frames - x.size(1);
  if (short_of == 0) return x;
  const auto silence = x.narrow(1, x.size(1) - 2, 1).expand({-1, short_of, -1});
  return torch::cat({x.narrow(1, 0, x.size(1) - 1), silence, x.narrow(1, x.size(1) - 1, 1)}, 1);
}

}  // namespace

void check(const WhisperConfig& config) {
  if (config.dim % config.heads != 0 || config.dim % 2 != 0) {
    throw Error(ErrorKind::Usage,
                fmt::format("model.whisper.dim is {}, must be even and a multiple of heads ({})",
                            config.dim, config.heads));
  }
  if (config.pooled_frames % 2 != 0 || config.pooled_frames > config.frames) {
    throw Error(ErrorKind::Usage,
                fmt::format("model.whisper.pooled_frames is {}, must be even and at most frames "
                            "({})",
                            config.pooled_frames, config.frames));
  }
}

WhisperLayerImpl::WhisperLayerImpl(const WhisperConfig& config) : heads_(config.heads) {
  const auto attention = register_module("self_attn", std::make_shared<torch::nn::Module>());
  k_proj_ = attention->register_module("k_proj",
                                       Linear(config.dim, config.dim, LinearImpl::Bias::Without));
  v_proj_ = attention->register_module("v_proj", Linear(config.dim, config.dim));
  q_proj_ = attention->register_module("q_proj", Linear(config.dim, config.dim));
  out_proj_ = attention->register_module("out_proj", Linear(config.dim, config.dim));
  self_attn_layer_norm_ = register_module("self_attn_layer_norm", layer_norm(config.dim));
  fc1_ = register_module("fc1", Linear(config.dim, config.ffn_dim));
  fc2_ = register_module("fc2", Linear(config.ffn_dim, config.dim));
  final_layer_norm_ = register_module("final_layer_norm", layer_norm(config.dim));
}

torch::Tensor WhisperLayerImpl::attend(const torch::Tensor& x, std::int64_t rows) {
  const auto split = [&](const torch::Tensor& y) {  // [B, H, F, D / H]
    return y.unflatten(2, {heads_, y.size(2) / heads_}).transpose(1, 2);
  };
  const auto attended = torch::scaled_dot_product_attention(split(q_proj_(x.narrow(1, 0, rows))),
                                                            split(k_proj_(x)), split(v_proj_(x)));
  return out_proj_(attended.transpose(1, 2).flatten(2));
}

torch::Tensor WhisperLayerImpl::forward(const torch::Tensor& x, std::int64_t rows) {
  const auto y = attend(self_attn_layer_norm_(x), rows) + x.narrow(1, 0, rows);  // [B, rows, D]
  return fc2_(fc1_(final_layer_norm_(y), LinearImpl::Activation::Gelu)) + y;
}

WhisperEncoderImpl::WhisperEncoderImpl(const WhisperConfig& config)
    : config_(config), log_mel_(config.mels, 2 * config.frames) {
  check(config);
  conv1_ = register_module(
      "conv1", torch::nn::Conv1d(torch::nn::Conv1dOptions(config.mels, config.dim, 3).padding(1)));
  conv2_ = register_module(
      "conv2",
      torch::nn::Conv1d(torch::nn::Conv1dOptions(config.dim, config.dim, 3).padding(1).stride(2)));
  embed_positions_ =
      register_module("embed_positions", torch::nn::Embedding(config.frames, config.dim));
  {
    const torch::NoGradGuard no_grad;
    embed_positions_->weight.copy_(sinusoids(config.frames, config.dim));
  }
  register_module("layers", layers_);
  for (int i = 0; i < config.layers; ++i) layers_->push_back(WhisperLayer(config));
  layer_norm_ = register_module("layer_norm", layer_norm(config.dim));
  for (auto& parameter : parameters()) parameter.set_requires_grad(false);
  train(false);
}

void WhisperEncoderImpl::train(bool /*on*/) { Module::train(false); }

torch::Tensor WhisperEncoderImpl::convolved(const torch::Tensor& log_mel) {
  auto x = torch::gelu(conv1_(log_mel));  // [B, D, frames of 10 ms]
  x = torch::gelu(conv2_(x));             // [B, D, F]
  return x.transpose(1, 2);
}

/// @param x  [B, frames, D] @return [B, rows, D]
torch::Tensor WhisperEncoderImpl::encoded(torch::Tensor x, std::int64_t rows) {
  x = x + embed_positions_->weight;
  for (std::size_t i = 0; i < layers_->size(); ++i) {
    const bool last = i + 1 == layers_->size();
    x = layers_[i]->as<WhisperLayer>()->forward(x, last ? rows : config_.frames);
  }
  return layer_norm_(x);
}

torch::Tensor WhisperEncoderImpl::forward(const torch::Tensor& log_mel) {
  if (log_mel.dim() != 3 || log_mel.size(1) != config_.mels ||
      log_mel.size(2) != 2 * config_.frames) {
    throw Error(ErrorKind::Usage,
                fmt::format("a log-mel spectrogram of shape [{}] for Whisper's "
                            "encoder, which takes [B, {}, {}]",
                            fmt::join(log_mel.sizes(), ", "), config_.mels, 2 * config_.frames));
  }
  const torch::NoGradGuard no_grad;
  return encoded(convolved(log_mel), config_.frames);
}

/// From the frames with sound on, the convolutions see constants, but at the very end, where they
/// see their padding: so a spectrogram that is cut after a few constant frames gives them all. In
/// the last layer, only frames that are pooled ask.
torch::Tensor WhisperEncoderImpl::pooled_at_once(const torch::Tensor& waveform) {
  constexpr std::int64_t kConstantFrames = 6;  // two of conv2's that see nothing else, and its last
  const auto log_mel = log_mel_(waveform);     // [B, mels, 2F]
  const auto sound = log_mel_.frames_with_sound(waveform.size(1));
  const auto kept = std::min(log_mel.size(2), (sound + 1) / 2 * 2 + kConstantFrames);
  const auto x = convolved(log_mel.narrow(2, 0, kept));  // [B, kept / 2, D]
  const auto y = encoded(with_silence(x, config_.frames), config_.pooled_frames);
  return y.unflatten(1, {config_.pooled_frames / 2, 2}).mean(2);
}

torch::Tensor WhisperEncoderImpl::pooled(const torch::Tensor& waveform) {
  const torch::NoGradGuard no_grad;
  if (waveform.dim() != 2 || waveform.size(0) <= kAtOnce) return pooled_at_once(waveform);
  std::vector<torch::Tensor> parts;
  for (const auto& part : waveform.split(kAtOnce)) parts.push_back(pooled_at_once(part));
  return torch::cat(parts);
}

}  // namespace codectrace::model
