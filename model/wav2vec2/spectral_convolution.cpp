#include "model/wav2vec2/spectral_convolution.h"

#include <numbers>

namespace codectrace::model {
namespace {

std::int64_t quotient_up(std::int64_t dividend, std::int64_t divisor) {
  return (dividend + divisor - 1) / divisor;
}

/// Cosines, then negative sines, of a transform over `window` places. [2, frequencies, window]
torch::Tensor fourier_matrix(std::int64_t frequencies, std::int64_t window) {
  const auto places = torch::arange(window, torch::kInt64);
  const auto turns = torch::arange(frequencies, torch::kInt64).unsqueeze(1) * places % window;
  const auto phase =
      turns.to(torch::kFloat64) * (2 * std::numbers::pi / static_cast<double>(window));
  return torch::stack({phase.cos(), -phase.sin()});
}

/// Frequencies 0 and Nyquist come once in a real signal's spectrum, the others twice.
torch::Tensor multiplicity(std::int64_t frequencies, std::int64_t window) {
  auto times = torch::full({frequencies, 1}, 2.0, torch::kFloat64);
  times[0] = 1;
  if (window % 2 == 0) times[-1] = 1;
  return times;
}

}  // namespace

/// A window gives about as many frames as the kernel is long: longer ones have a larger spectrum of
/// the weight to make and read, shorter ones give less of what they take.
SpectralConvolution::SpectralConvolution(std::int64_t frames, std::int64_t kernel,
                                         const torch::TensorOptions& options)
    : frames_(frames),
      kernel_(kernel),
      windows_(quotient_up(frames, kernel)),
      hop_(quotient_up(frames, windows_)),
      window_(hop_ + kernel - 1),
      frequencies_(window_ / 2 + 1) {
  const auto matrix = fourier_matrix(frequencies_, window_);
  const auto back = matrix.narrow(2, 0, hop_) * multiplicity(frequencies_, window_) /
                    static_cast<double>(window_);
  forward_ = matrix.flatten(0, 1).to(options);
  inverse_ = back.flatten(0, 1).t().contiguous().to(options);
}

torch::Tensor SpectralConvolution::spectrum(const torch::Tensor& weight) const {
  const auto by_tap = weight.flatten(0, 1);  // [D · D / groups, kernel]
  const auto per_group = weight.size(1);
  return torch::mm(forward_.narrow(1, 0, kernel_), by_tap.t())
      .view({2, frequencies_ * weight.size(0) / per_group, per_group, per_group});
}

torch::Tensor SpectralConvolution::windows_of(const torch::Tensor& x) const {
  const auto before = kernel_ / 2;
  const auto after = windows_ * hop_ - frames_ + kernel_ - 1 - before;
  const auto padded = torch::constant_pad_nd(x, {0, 0, before, after});
  if (windows_ == 1) return padded;
  return padded.unfold(1, window_, hop_).transpose(2, 3).flatten(0, 1);
}

torch::Tensor SpectralConvolution::convolve(const torch::Tensor& x,
                                            const torch::Tensor& spectrum) const {
  const auto dim = x.size(2);
  const auto per_group = spectrum.size(2);
  const auto groups = dim / per_group;
  const auto count = x.size(0) * windows_;
  const auto parts = spectrum.unbind(0);
  // Real rows, then imaginary ones, of each frequency and group: [frequencies · groups, 2 · count,
  // D / groups].
  const auto rows = torch::matmul(forward_, windows_of(x))
                        .view({count, 2, frequencies_, groups, per_group})
                        .permute({2, 3, 1, 0, 4})
                        .reshape({frequencies_ * groups, 2 * count, per_group});
  const auto by_real = torch::bmm(rows, parts[0].transpose(1, 2)).chunk(2, 1);
  const auto by_imaginary = torch::bmm(rows, parts[1].transpose(1, 2)).chunk(2, 1);
  // Times the conjugate: conv1d correlates.
  const auto product = torch::stack({by_real[0] + by_imaginary[1], by_real[1] - by_imaginary[0]})
                           .view({2, frequencies_, groups, count, per_group})
                           .permute({3, 0, 1, 2, 4})
                           .reshape({count, 2 * frequencies_, dim});
  return torch::matmul(inverse_, product)
      .view({x.size(0), windows_ * hop_, dim})
      .narrow(1, 0, frames_);
}

}  // namespace codectrace::model
