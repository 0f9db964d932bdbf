#pragma once

#include <vector>

#include "model/model_config.h"
#include "model/network.h"

namespace codectrace::test {

/// A W2V2-AASIST of a few thousand weights: 1600 samples, 31 frames, two transformer layers.
inline model::ModelConfig tiny_model(model::W2v2AasistType type = model::W2v2AasistType::M1) {
  model::ModelConfig config;
  config.type = type;
  config.input_samples = 1600;
  config.encoder.conv_dims = {8, 8};
  config.encoder.conv_kernels = {10, 3};
  config.encoder.conv_strides = {25, 2};
  config.encoder.dim = 16;
  config.encoder.layers = 2;
  config.encoder.heads = 4;
  config.encoder.ffn_dim = 32;
  config.encoder.pos_conv_kernel = 8;
  config.encoder.pos_conv_groups = 4;
  config.encoder.pretraining_weights = false;
  config.backend.projection = 24;
  config.backend.channels = {4, 4, 8};
  config.backend.graph_dim = 6;
  return config;
}

inline std::vector<model::Head> four_tasks() {
  return {{"VQ", {"REAL", "MVQ", "SVQ", "SQ"}},
          {"BIN", {"spoof", "bonafide"}},
          {"AUX", {"REAL", "Trad", "Param"}},
          {"DEC", {"REAL", "TIME", "FREQ"}}};
}

}  // namespace codectrace::test
