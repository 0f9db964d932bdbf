#include "model/wav2vec2/positional_convolution.h"

#include <cmath>

#include "model/autocast.h"

namespace codectrace::model {
namespace {

/// From here on the spectrum is worth its matrices.
constexpr std::int64_t kLongKernel = 64;

}  // namespace

PositionalConvolutionImpl::PositionalConvolutionImpl(std::int64_t dim, std::int64_t kernel,
                                                     std::int64_t groups)
    : kernel_(kernel), groups_(groups) {
  const double stddev = std::sqrt(4.0 / static_cast<double>(kernel * dim));
  bias_ = register_parameter("bias", torch::zeros({dim}));
  const auto v = torch::empty({dim, dim / groups, kernel}).normal_(0.0, stddev);
  weight_g_ = register_parameter("weight_g", v.norm(2, torch::IntArrayRef({0, 1}), true));
  weight_v_ = register_parameter("weight_v", v);
}

torch::Tensor PositionalConvolutionImpl::forward(const torch::Tensor& x) {
  const bool spectral = x.is_cpu() && kernel_ >= kLongKernel && !torch::GradMode::is_enabled();
  return torch::gelu(spectral ? by_spectrum(x) : by_taps(x));
}

torch::Tensor PositionalConvolutionImpl::by_taps(const torch::Tensor& x) {
  const auto weight = kept_or_made([&] { return normalised_weight(); });
  const auto y = torch::conv1d(x.transpose(1, 2), weight, bias_, 1, kernel_ / 2, 1, groups_);
  return y.narrow(2, 0, x.size(1)).transpose(1, 2);
}

torch::Tensor PositionalConvolutionImpl::by_spectrum(const torch::Tensor& x) {
  const AutocastScope off(Precision::Fp32, torch::kCPU);
  const auto options = weight_v_.options().requires_grad(false);
  if (!spectral_ || !spectral_->fits(x.size(1), options)) {
    spectral_.emplace(x.size(1), kernel_, options);
    kept_ = {};
  }
  const auto spectrum = kept_or_made([&] { return spectral_->spectrum(normalised_weight()); });
  return (spectral_->convolve(x.to(weight_v_.scalar_type()), spectrum) + bias_).to(x.scalar_type());
}

torch::Tensor PositionalConvolutionImpl::normalised_weight() const {
  return weight_v_ * (weight_g_ / weight_v_.norm(2, torch::IntArrayRef({0, 1}), true));
}

bool PositionalConvolutionImpl::keeps_weight() const {
  return !is_training() && !torch::GradMode::is_enabled() && !weight_v_.is_inference();
}

bool PositionalConvolutionImpl::is_kept() const {
  return kept_.made.defined() && kept_.source.data_ptr() == weight_v_.data_ptr() &&
         kept_.versions == std::array<std::int64_t, 2>{weight_g_._version(), weight_v_._version()};
}

template <class Make>
torch::Tensor PositionalConvolutionImpl::kept_or_made(const Make& make) {
  if (!keeps_weight()) return make();
  if (!is_kept())
    kept_ = {weight_v_.detach(), {weight_g_._version(), weight_v_._version()}, make()};
  return kept_.made;
}

void PositionalConvolutionImpl::train(bool on) {
  Module::train(on);
  if (on) kept_ = {};
}

}  // namespace codectrace::model
