#pragma once

#include "core/config.h"

namespace codectrace::model {

/// [model.fusion]: cross-modal transformers (MulT, arXiv:1906.00295). The defaults are SAST Net's.
struct FusionConfig {
  int layers = 2;
  int heads = 16;
  int ffn_dim = 3072;
  double embedding_dropout = 0.1;
  double activation_dropout = 0.1;
  double residual_dropout = 0.1;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    using namespace config;
    visit("layers", self.layers, at_least(1), "layers of each of the three transformers");
    visit("heads", self.heads, at_least(1), "attention heads");
    visit("ffn_dim", self.ffn_dim, at_least(1), "width of the feed-forward part");
    visit("embedding_dropout", self.embedding_dropout, between(0, 1),
          "dropout of what goes in: queries, keys and values each");
    visit("activation_dropout", self.activation_dropout, between(0, 1),
          "dropout inside the feed-forward part");
    visit("residual_dropout", self.residual_dropout, between(0, 1),
          "dropout of what each part of a layer adds");
  }
};

}  // namespace codectrace::model
