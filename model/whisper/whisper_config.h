#pragma once

#include "core/config.h"

namespace codectrace::model {

/// [model.whisper]: the encoder of Whisper (arXiv:2212.04356). The defaults are Whisper-small's.
struct WhisperConfig {
  int mels = 80;
  int frames = 1500;
  int dim = 768;
  int layers = 12;
  int heads = 12;
  int ffn_dim = 3072;
  int pooled_frames = 256;
  bool decoder_weights = true;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    using namespace config;
    visit("mels", self.mels, at_least(1), "mel filters of its input");
    visit("frames", self.frames, at_least(2),
          "frames of 20 ms that it looks at; what an utterance doesn't fill is silence");
    visit("dim", self.dim, at_least(4), "width of the transformer");
    visit("layers", self.layers, at_least(1), "transformer layers");
    visit("heads", self.heads, at_least(1), "attention heads");
    visit("ffn_dim", self.ffn_dim, at_least(1), "width of the feed-forward part");
    visit("pooled_frames", self.pooled_frames, at_least(2),
          "first frames of its output that are used, averaged in pairs");
    visit("decoder_weights", self.decoder_weights, any(),
          "keep Whisper's decoder, which nothing uses, as published weight files do");
  }
};

/// @throws Error(Usage) where keys don't fit each other: dim not a multiple of heads or odd,
///         pooled_frames odd or more than frames
void check(const WhisperConfig& config);

}  // namespace codectrace::model
