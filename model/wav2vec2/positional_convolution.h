#pragma once

#include <array>
#include <optional>

#include <torch/torch.h>

#include "model/wav2vec2/spectral_convolution.h"

namespace codectrace::model {

/// wav2vec 2.0's relative positions (arXiv:2006.11477, section 2), fairseq's encoder.pos_conv.0: a
/// grouped convolution, its weight normalised over each tap; an even kernel's surplus last frame is
/// dropped; GELU. On a CPU a long kernel goes through its
/// spectrum where no gradient is wanted, in at least float32 whatever autocast does around it;
/// training keeps to conv1d's rounding, which the reference's steps are compared with.
class PositionalConvolutionImpl : public torch::nn::Module {
 public:
  /// @param dim  D, a multiple of groups
  PositionalConvolutionImpl(std::int64_t dim, std::int64_t kernel, std::int64_t groups);

  /// [B, F, D] → [B, F, D]
  torch::Tensor forward(const torch::Tensor& x);

  void train(bool on = true) override;

 private:
  torch::Tensor by_spectrum(const torch::Tensor& x);
  torch::Tensor by_taps(const torch::Tensor& x);
  [[nodiscard]] torch::Tensor normalised_weight() const;
  [[nodiscard]] bool keeps_weight() const;
  [[nodiscard]] bool is_kept() const;

  /// What evaluation computes with, made once until the parameters change.
  template <class Make>
  torch::Tensor kept_or_made(const Make& make);

  struct Kept {
    torch::Tensor source;  // held, so that its memory doesn't become another's
    std::array<std::int64_t, 2> versions{};
    torch::Tensor made;
  };
  std::int64_t kernel_;
  std::int64_t groups_;
  torch::Tensor bias_, weight_g_, weight_v_;
  Kept kept_;
  std::optional<SpectralConvolution> spectral_;  // for the last number of frames
};
TORCH_MODULE(PositionalConvolution);

}  // namespace codectrace::model
