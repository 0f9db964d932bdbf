#include "model/whisper/frozen_whisper.h"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/checksum.h"

namespace codectrace::model {
namespace {

/// Of the weights in float32, whatever type and device they are in.
std::uint32_t checksum(const torch::nn::Module& module) {
  std::uint32_t sum = 0;
  for (const auto& weight : module.parameters()) {
    const auto values = weight.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    sum = crc32c(std::as_bytes(
                     std::span(values.data_ptr<float>(), static_cast<std::size_t>(values.numel()))),
                 sum);
  }
  return sum;
}

}  // namespace

FrozenWhisper::FrozenWhisper(WhisperEncoder encoder, std::int64_t input_samples)
    : encoder_(std::move(encoder)), input_samples_(input_samples) {}

std::vector<std::int64_t> FrozenWhisper::shape() const {
  return {encoder_->config().pooled_frames / 2, encoder_->config().dim};
}

std::string FrozenWhisper::provenance() const {
  return fmt::format(
      "Whisper encoder, {} layers of {}, weights crc32c {:08x}; means of two of its first {} "
      "frames; of an utterance's first {} samples, a shorter one repeated",
      encoder_->config().layers, encoder_->config().dim, checksum(*encoder_),
      encoder_->config().pooled_frames, input_samples_);
}

torch::Tensor FrozenWhisper::compute(const torch::Tensor& waveform) {
  const auto weight = encoder_->parameters().front();
  return encoder_->pooled(waveform.to(weight.options().requires_grad(false)));
}

}  // namespace codectrace::model
