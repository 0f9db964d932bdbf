#pragma once

#include "model/model_config.h"

namespace codectrace::test {

/// The same network without any dropout: training then computes the same each time.
inline model::ModelConfig without_dropout(model::ModelConfig config) {
  config.encoder.dropout_input = 0;
  auto& backend = config.backend;
  backend.graph_dropout = backend.pool_dropout = 0;
  backend.readout_dropout = backend.output_dropout = 0;
  auto& fusion = config.fusion;
  fusion.embedding_dropout = fusion.activation_dropout = fusion.residual_dropout = 0;
  return config;
}

}  // namespace codectrace::test
