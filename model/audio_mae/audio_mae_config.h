#pragma once

#include <cstdint>

#include "core/config.h"

namespace codectrace::model {

/// [model.audio_mae]: a masked autoencoder over patches of an image (arXiv:2207.06405), whose image
/// is the wav2vec 2.0 encoder's frames, and one decoder a class. The defaults are SAST Net's.
struct AudioMaeConfig {
  int image_width = 128;
  int patch = 16;
  int dim = 768;
  int layers = 12;
  int heads = 12;
  int ffn_dim = 3072;
  int decoder_dim = 512;
  int decoder_layers = 8;
  int decoder_heads = 16;
  int decoder_ffn_dim = 2048;
  int cross_heads = 16;
  bool contrastive_weights = true;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    using namespace config;
    visit("image_width", self.image_width, at_least(1),
          "features of a frame in the image; its height are the frames");
    visit("patch", self.patch, at_least(1), "height and width of a patch, which is a token");
    visit("dim", self.dim, at_least(4), "width of the encoder's transformer, and of the fusion");
    visit("layers", self.layers, at_least(1), "the encoder's transformer layers");
    visit("heads", self.heads, at_least(1), "the encoder's attention heads");
    visit("ffn_dim", self.ffn_dim, at_least(1), "width of the encoder's feed-forward part");
    visit("decoder_dim", self.decoder_dim, at_least(4), "width of each decoder's transformer");
    visit("decoder_layers", self.decoder_layers, at_least(1), "each decoder's transformer layers");
    visit("decoder_heads", self.decoder_heads, at_least(1), "each decoder's attention heads");
    visit("decoder_ffn_dim", self.decoder_ffn_dim, at_least(1),
          "width of each decoder's feed-forward part");
    visit("cross_heads", self.cross_heads, at_least(1),
          "heads of the encoder's attention to what the decoders predict");
    visit("contrastive_weights", self.contrastive_weights, any(),
          "keep the projection for a contrastive loss, which nothing uses, as published weight "
          "files do");
  }
};

/// @throws Error(Usage) where keys don't fit each other: a width that isn't a multiple of its
/// heads,
///         or not of 4, which positions need
void check(const AudioMaeConfig& audio_mae);

}  // namespace codectrace::model
