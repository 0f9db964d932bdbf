#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"

namespace codectrace::model {

/// What a convolution of the encoder starts from; trained on like any other weight.
enum class ConvStart {
  Random,
  Filterbank,  ///< windowed cosines and sines evenly over frequency: a spectrum
  Cepstral,    ///< cosine transform over channels, of a frame and of its difference to the next
  Average      ///< equal taps: a mean over the kernel
};
constexpr std::array<config::EnumName<ConvStart>, 4> enum_names(ConvStart) {
  return {{{ConvStart::Random, "random"},
           {ConvStart::Filterbank, "filterbank"},
           {ConvStart::Cepstral, "cepstral"},
           {ConvStart::Average, "average"}}};
}

/// What follows a convolution of the encoder.
enum class ConvNorm { Layer, Batch };
constexpr std::array<config::EnumName<ConvNorm>, 2> enum_names(ConvNorm) {
  return {{{ConvNorm::Layer, "layer"}, {ConvNorm::Batch, "batch"}}};
}

/// [model.encoder]: a wav2vec 2.0 encoder (arXiv:2006.11477). The defaults are XLS-R 300M's
/// (arXiv:2111.09296).
struct EncoderConfig {
  std::vector<int> conv_dims{512, 512, 512, 512, 512, 512, 512};
  std::vector<int> conv_kernels{10, 3, 3, 3, 3, 2, 2};
  std::vector<int> conv_strides{5, 2, 2, 2, 2, 2, 2};
  std::vector<int> conv_paddings;
  std::vector<std::string> conv_norms;
  std::vector<std::string> conv_starts;
  bool energy = false;
  int dim = 1024;
  int layers = 24;
  int heads = 16;
  int ffn_dim = 4096;
  int pos_conv_kernel = 128;
  int pos_conv_groups = 16;
  double dropout_input = 0.1;
  double dropout = 0.0;
  bool pretraining_weights = true;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    using namespace config;
    visit("conv_dims", self.conv_dims, at_least(1), "channels of each convolution");
    visit("conv_kernels", self.conv_kernels, at_least(1),
          "kernel of each convolution, in samples or frames");
    visit("conv_strides", self.conv_strides, at_least(1), "stride of each convolution");
    visit("conv_paddings", self.conv_paddings, at_least(0),
          "zeros on both sides of each convolution's input; none: no padding");
    visit("conv_norms", self.conv_norms, any(),
          "norm after each convolution, layer or batch; none: layer");
    visit("conv_starts", self.conv_starts, any(),
          "what each convolution is untrained: random, filterbank, cepstral or average; none: "
          "random");
    visit("energy", self.energy, any(),
          "log energy of the first convolution's channel pairs (c, c + half) in place of the "
          "channels, without activation; not in XLS-R");
    visit("dim", self.dim, at_least(1), "width of the transformer");
    visit("layers", self.layers, at_least(0),
          "transformer layers; 0 leaves the positional convolution out too");
    visit("heads", self.heads, at_least(1), "attention heads");
    visit("ffn_dim", self.ffn_dim, at_least(1), "width of the feed-forward part");
    visit("pos_conv_kernel", self.pos_conv_kernel, at_least(1),
          "kernel of the positional convolution, frames");
    visit("pos_conv_groups", self.pos_conv_groups, at_least(1),
          "groups of the positional convolution");
    visit("dropout_input", self.dropout_input, between(0, 1), "dropout after the projection");
    visit("dropout", self.dropout, between(0, 1), "dropout in the layers");
    visit("pretraining_weights", self.pretraining_weights, any(),
          "keep the quantiser and projections that only pretraining uses, as published weight "
          "files do");
  }

  /// Of the i-th convolution; the lists may be empty. `check` has looked at their values.
  [[nodiscard]] int conv_padding(std::size_t i) const;
  [[nodiscard]] ConvNorm conv_norm(std::size_t i) const;
  [[nodiscard]] ConvStart conv_start(std::size_t i) const;
  /// Channels that the i-th convolution hands on: half of them for energy.
  [[nodiscard]] int conv_output(std::size_t i) const;
};

/// Frames that `samples` samples become: floor((n + 2 padding − kernel) / stride) + 1, convolution
/// by convolution; 0 if there are too few.
[[nodiscard]] std::int64_t frame_count(const EncoderConfig& encoder, std::int64_t samples);

/// @throws Error(Usage) where keys don't fit each other: lists of different lengths, dim not a
///         multiple of heads or groups
void check(const EncoderConfig& encoder);

}  // namespace codectrace::model
