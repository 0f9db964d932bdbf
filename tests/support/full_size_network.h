#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "model/factory.h"
#include "model/undrawn_weights.h"
#include "model/weights/load.h"
#include "protocol/taxonomy.h"
#include "tests/support/made_tensors.h"
#include "train/task_losses.h"

/// W2V2-AASIST with XLS-R 300M on made weights: what the reference's stored numbers belong to.
namespace codectrace::test {

/// tests/data/parity/NAME
inline nlohmann::json parity_numbers(const std::string& name) {
  return nlohmann::json::parse(read_file(std::string(CT_TEST_DATA) + "/parity/" + name));
}

inline const protocol::Taxonomy& published_taxonomy() {
  static const auto taxonomy =
      protocol::Taxonomy::from_file(std::string(CT_SOURCE_DIR) + "/configs/taxonomy.toml");
  return taxonomy;
}

/// Full size, all dropout off, as in the recorded training steps.
inline model::ModelConfig full_size(model::W2v2AasistType type) {
  model::ModelConfig config;
  config.type = type;
  config.encoder.dropout_input = 0;
  auto& backend = config.backend;
  backend.graph_dropout = backend.pool_dropout = 0;
  backend.readout_dropout = backend.output_dropout = 0;
  return config;
}

/// Every parameter and buffer becomes what `seed` and its name make of it.
inline void give_made_weights(const model::Network& network, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  for (auto [name, tensor] : model::state_of(network)) {
    tensor.copy_(made_weight(seed, name, tensor));
  }
}

inline std::shared_ptr<model::Network> full_size_network(model::W2v2AasistType type,
                                                         std::uint64_t seed) {
  const model::ModelConfig config = full_size(type);
  const model::UndrawnWeights undrawn;
  auto network = model::make_network(config, train::output_heads(published_taxonomy(), config));
  give_made_weights(*network, seed);
  return network;
}

/// `count` waveforms, at most three: of the network's length, shorter and longer, brought to it.
/// @param first_seed  10: the recorded ones
inline torch::Tensor parity_waveforms(std::int64_t count, std::uint64_t first_seed = 10) {
  constexpr std::array<std::int64_t, 3> kLengths{64600, 30000, 100000};
  std::vector<torch::Tensor> waves;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
    waves.push_back(of_length(made_waveform(first_seed + i, kLengths.at(i)), kLengths[0]));
  }
  return torch::stack(waves);
}

}  // namespace codectrace::test
