#pragma once

#include <torch/torch.h>

namespace codectrace::model {

/// A grouped convolution with a long kernel, by its spectrum: windows of frames and the kernel are
/// taken to frequencies by products with the real discrete Fourier transform's matrix, multiplied
/// there, and taken back (overlap-save; docs/decisions/0003-onednn-for-dense-layers.md). A
/// thirtieth of conv1d's multiplications for wav2vec 2.0's positional convolution.
class SpectralConvolution {
 public:
  /// @param frames  of the inputs to come, > 0
  /// @param kernel  taps, > 0
  SpectralConvolution(std::int64_t frames, std::int64_t kernel,
                      const torch::TensorOptions& options);

  /// Was it made for so many frames, of this type?
  [[nodiscard]] bool fits(std::int64_t frames, const torch::TensorOptions& options) const {
    return frames == frames_ && forward_.dtype() == options.dtype();
  }

  /// @param weight  [D, D / groups, kernel], as conv1d's, of the type that the matrices are of
  /// @return        real, then imaginary part: [2, frequencies · groups, D / groups, D / groups]
  [[nodiscard]] torch::Tensor spectrum(const torch::Tensor& weight) const;

  /// What conv1d gives with padding of half the kernel, the first F frames of it; with gradients.
  /// @param x         [B, F, D]
  /// @param spectrum  of the weight
  /// @return          [B, F, D]
  [[nodiscard]] torch::Tensor convolve(const torch::Tensor& x, const torch::Tensor& spectrum) const;

 private:
  /// Overlapping, the frames before and after the first and last are zeros.
  /// [B, F, D] → [B · windows, window, D]
  [[nodiscard]] torch::Tensor windows_of(const torch::Tensor& x) const;

  std::int64_t frames_;
  std::int64_t kernel_;
  std::int64_t windows_;      // an utterance
  std::int64_t hop_;          // frames that a window gives
  std::int64_t window_;       // frames that a window takes
  std::int64_t frequencies_;  // 0 … Nyquist
  torch::Tensor forward_;     // [2 · frequencies, window]
  torch::Tensor inverse_;     // [hop, 2 · frequencies]
};

}  // namespace codectrace::model
