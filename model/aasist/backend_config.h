#pragma once

#include <vector>

#include "core/config.h"

namespace codectrace::model {

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

}  // namespace codectrace::model
