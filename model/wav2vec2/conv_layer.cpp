#include "model/wav2vec2/conv_layer.h"

#include <cmath>
#include <numbers>

#include "model/wav2vec2/frame_convolution.h"

namespace codectrace::model {
namespace {

/// 0, 1, …, n − 1 from `first`, in double.
torch::Tensor counted(std::int64_t n, double first) {
  return torch::arange(n, torch::kFloat64) + first;
}

/// Cosines, then sines, under a Hann window, of unit energy, centres evenly over 0 … Nyquist.
/// [C, 1, K]
torch::Tensor filterbank(const torch::Tensor& like) {
  const auto pairs = like.size(0) / 2;
  const auto kernel = like.size(2);
  const auto time = counted(kernel, -static_cast<double>(kernel - 1) / 2);
  const auto cycles = counted(pairs, 0.5) / static_cast<double>(2 * pairs);  // a sample
  const auto phase = 2 * std::numbers::pi * cycles.unsqueeze(1) * time;      // [pairs, K]
  const auto window = torch::hann_window(kernel, /*periodic=*/false, torch::kFloat64);
  const auto bank = torch::cat({phase.cos(), phase.sin()}) * window;
  return (bank / bank.norm(2, {1}, true)).unsqueeze(1);
}

/// A quarter of the channels are the first cosine transform coefficients of a frame, lifted so that
/// higher, smaller ones count; a quarter their difference to the next frame; then the negatives of
/// both, for an activation that lets one sign through. [C, in, K]
torch::Tensor cepstral(const torch::Tensor& like) {
  const auto coefficients = like.size(0) / 4;
  const auto bands = static_cast<double>(like.size(1));
  const auto order = counted(coefficients, 0).unsqueeze(1);
  const auto lift = 1 + order / static_cast<double>(coefficients);
  const auto basis = torch::cos(std::numbers::pi / bands * order * counted(like.size(1), 0.5)) *
                     std::sqrt(2 / bands) * lift;  // [C / 4, in]
  const auto centre = like.size(2) / 2;
  auto both = torch::zeros({2 * coefficients, like.size(1), like.size(2)}, torch::kFloat64);
  both.narrow(0, 0, coefficients).select(2, centre).copy_(basis);
  both.narrow(0, coefficients, coefficients).select(2, centre).copy_(-basis);
  both.narrow(0, coefficients, coefficients).select(2, centre + 1).copy_(basis);
  return torch::cat({both, -both});
}

/// Random over channels, the same at each tap. [C, in, K]
torch::Tensor average(const torch::Tensor& like) {
  const auto taps = like.size(2);
  const auto over_channels = torch::empty({like.size(0), like.size(1), 1});
  torch::nn::init::kaiming_normal_(over_channels);
  return (over_channels / static_cast<double>(taps)).expand({-1, -1, taps});
}

void initialise(torch::nn::Conv1dImpl& convolution, ConvStart start) {
  const torch::NoGradGuard no_grad;
  convolution.bias.zero_();
  auto& weight = convolution.weight;
  switch (start) {
    case ConvStart::Random:
      torch::nn::init::kaiming_normal_(weight);
      return;
    case ConvStart::Filterbank:
      weight.copy_(filterbank(weight));
      return;
    case ConvStart::Cepstral:
      weight.copy_(cepstral(weight));
      return;
    case ConvStart::Average:
      weight.copy_(average(weight));
      return;
  }
}

/// Pairs of channels (c, c + C/2) → log of their energy, [B, C, F] → [B, C / 2, F].
torch::Tensor log_energy(const torch::Tensor& y) {
  constexpr double kFloor = 1e-7;  // about the noise that 16 bits have in a window of unit energy
  const auto halves = y.square().chunk(2, 1);
  return torch::log(halves[0] + halves[1] + kFloor);
}

}  // namespace

ConvLayerImpl::ConvLayerImpl(const EncoderConfig& config, std::int64_t in, std::size_t index)
    : energy_(config.energy && index == 0),
      by_frames_(config.conv_norm(index) == ConvNorm::Layer && config.conv_padding(index) == 0),
      stride_(config.conv_strides[index]) {
  convolution_ =
      register_module("0", torch::nn::Conv1d(torch::nn::Conv1dOptions(in, config.conv_dims[index],
                                                                      config.conv_kernels[index])
                                                 .stride(config.conv_strides[index])
                                                 .padding(config.conv_padding(index))));
  initialise(*convolution_, config.conv_start(index));
  const auto wrapper = register_module("2", std::make_shared<torch::nn::Module>());
  const std::int64_t out = config.conv_output(index);
  if (config.conv_norm(index) == ConvNorm::Layer) {
    layer_norm_ =
        wrapper->register_module("1", torch::nn::LayerNorm(torch::nn::LayerNormOptions({out})));
  } else {
    batch_norm_ = wrapper->register_module("1", BatchNorm(out));
  }
}

torch::Tensor ConvLayerImpl::normalised(const torch::Tensor& y) {
  if (batch_norm_) return batch_norm_(y);
  // In at least float32, whatever autocast does around it, as the reference does: a CPU's kernel
  // does so by itself.
  if (y.is_cpu()) return layer_norm_(y.transpose(1, 2)).transpose(1, 2);
  const auto wide = y.scalar_type() == torch::kFloat64 ? y : y.to(torch::kFloat32);
  return layer_norm_(wide.transpose(1, 2)).transpose(1, 2).to(y.scalar_type());
}

/// Where a norm over channels follows, frames lie as it reads them.
torch::Tensor ConvLayerImpl::convolved(const torch::Tensor& x) {
  const auto& weight = convolution_->weight;
  const auto frames = x.transpose(1, 2);  // [B, T, in]
  if (!by_frames_ || !frame_convolution_takes(frames, weight.size(2))) return convolution_(x);
  return convolve_frames(frames, weight, convolution_->bias, stride_).transpose(1, 2);
}

torch::Tensor ConvLayerImpl::forward(const torch::Tensor& x) {
  const auto y = convolved(x);  // [B, C, F]
  if (energy_) return normalised(log_energy(y));
  auto z = normalised(y);
  return torch::GradMode::is_enabled() ? torch::gelu(z) : torch::gelu_(z);
}

}  // namespace codectrace::model
