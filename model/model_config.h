#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "core/config.h"

namespace codectrace::model {

enum class Architecture { W2v2Aasist };
constexpr std::array<config::EnumName<Architecture>, 1> enum_names(Architecture) {
  return {{{Architecture::W2v2Aasist, "w2v2-aasist"}}};
}

/// Which tasks a W2V2-AASIST answers: S_* one, D_* that and BIN, M1 all four, M2 all but BIN.
enum class W2v2AasistType { S_BIN, S_VQ, S_AUX, S_DEC, D_VQ, D_AUX, D_DEC, M1, M2 };
constexpr std::array<config::EnumName<W2v2AasistType>, 9> enum_names(W2v2AasistType) {
  using enum W2v2AasistType;
  return {{{S_BIN, "S_BIN"},
           {S_VQ, "S_VQ"},
           {S_AUX, "S_AUX"},
           {S_DEC, "S_DEC"},
           {D_VQ, "D_VQ"},
           {D_AUX, "D_AUX"},
           {D_DEC, "D_DEC"},
           {M1, "M1"},
           {M2, "M2"}}};
}

/// A network's sizes all at once; keys given beside it win.
enum class Preset { XlsR300m, Small };
constexpr std::array<config::EnumName<Preset>, 2> enum_names(Preset) {
  return {{{Preset::XlsR300m, "xlsr-300m"}, {Preset::Small, "small"}}};
}

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

/// [model.backend]: the AASIST back end (arXiv:2110.01200) as the reference has it.
struct BackendConfig {
  int projection = 128;
  std::vector<int> channels{32, 32, 64, 64, 64, 64};
  int graph_dim = 32;
  double graph_dropout = 0.2;
  double pool_dropout = 0.3;
  double readout_dropout = 0.2;
  double output_dropout = 0.5;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    using namespace config;
    visit("projection", self.projection, at_least(6),
          "width of the linear layer on the frames; a third is the frequency axis");
    visit("channels", self.channels, at_least(1), "output channels of each residual block");
    visit("graph_dim", self.graph_dim, at_least(1), "width of the heterogeneous graph layers");
    visit("graph_dropout", self.graph_dropout, between(0, 1), "dropout of a graph layer's input");
    visit("pool_dropout", self.pool_dropout, between(0, 1), "dropout before a pool's scores");
    visit("readout_dropout", self.readout_dropout, between(0, 1),
          "dropout of nodes before the readout");
    visit("output_dropout", self.output_dropout, between(0, 1),
          "dropout before a branch's output layer");
  }
};

/// [model]
struct ModelConfig {
  Architecture name = Architecture::W2v2Aasist;
  Preset preset = Preset::XlsR300m;
  W2v2AasistType type = W2v2AasistType::M1;
  int input_samples = 64600;
  EncoderConfig encoder;
  BackendConfig backend;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    using namespace config;
    visit("name", self.name, any(), "architecture");
    visit("type", self.type, any(), "which tasks it answers");
    visit("preset", self.preset, any(), "sizes; the keys below change them one by one");
    if constexpr (!std::is_const_v<Self>) self.apply_preset();
    visit("input_samples", self.input_samples, at_least(400),
          "length utterances are cut or repeated to, at 16 kHz");
    visit("encoder", self.encoder, "the wav2vec 2.0 encoder; the defaults are XLS-R 300M's");
    visit("backend", self.backend, "the AASIST back end");
  }

  /// Sets every size to what `preset` says.
  void apply_preset();
};

/// Frames that `samples` samples become: floor((n + 2 padding − kernel) / stride) + 1, convolution
/// by convolution; 0 if there are too few.
[[nodiscard]] std::int64_t frame_count(const EncoderConfig& encoder, std::int64_t samples);

/// Tasks of a model, in the order of its heads: BIN, AUX, DEC, VQ, as far as it has them.
[[nodiscard]] std::vector<std::string> tasks_of(const ModelConfig& config);

/// @throws Error(Usage) where keys don't fit each other: lists of different lengths, dim not a
///         multiple of heads or groups, an input too short for the back end
void check(const ModelConfig& config);

}  // namespace codectrace::model
