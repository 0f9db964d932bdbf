#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "model/audio_mae/token_choice.h"
#include "model/autocast.h"
#include "model/factory.h"
#include "model/undrawn_weights.h"
#include "model/weights/load.h"
#include "protocol/taxonomy.h"
#include "tests/support/made_tensors.h"
#include "tests/support/without_dropout.h"
#include "train/task_losses.h"

/// Full-size networks on made weights: what the reference's stored numbers belong to.
namespace codectrace::test {

/// Where the suites compute: on the GPU if CODECTRACE_TEST_DEVICE says so (support/on_gpu.sh).
inline torch::Device parity_device() {
  const char* const named = std::getenv("CODECTRACE_TEST_DEVICE");
  return torch::Device(named == nullptr ? "cpu" : named);
}

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
  return without_dropout(config);
}

inline model::ModelConfig full_size(model::SastNetTask task) {
  auto config = model::preset_config(model::Architecture::SastNet, model::Preset::XlsR300m);
  config.task = task;
  return without_dropout(config);
}

/// Every parameter and buffer becomes what `seed` and its name make of it.
inline void give_made_weights(const model::Network& network, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  for (auto [name, tensor] : model::state_of(network)) {
    tensor.copy_(made_weight(seed, name, tensor));
  }
}

inline std::shared_ptr<model::Network> made_network(const model::ModelConfig& config,
                                                    std::uint64_t seed) {
  const model::UndrawnWeights undrawn;
  auto network = model::make_network(config, train::output_heads(published_taxonomy(), config));
  give_made_weights(*network, seed);
  network->to(parity_device());
  model::set_gpu_products(model::Precision::Fp32);
  return network;
}

/// @param variant  a W2v2AasistType, or a SastNetTask: 3.2 GB
template <class Variant>
std::shared_ptr<model::Network> full_size_network(Variant variant, std::uint64_t seed) {
  return made_network(full_size(variant), seed);
}

/// Waveforms of these lengths, brought to the first one's.
template <std::size_t N>
torch::Tensor made_batch(const std::array<std::int64_t, N>& lengths, std::int64_t count,
                         std::uint64_t first_seed) {
  std::vector<torch::Tensor> waves;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
    waves.push_back(of_length(made_waveform(first_seed + i, lengths.at(i)), lengths[0]));
  }
  return torch::stack(waves).to(parity_device());
}

/// `count` waveforms, at most three: of the network's length, shorter and longer, brought to it.
/// @param first_seed  10: the recorded ones
inline torch::Tensor parity_waveforms(std::int64_t count, std::uint64_t first_seed = 10) {
  return made_batch(std::array<std::int64_t, 3>{64600, 30000, 100000}, count, first_seed);
}

/// The same for SAST Net.
inline torch::Tensor sast_net_waveforms(std::int64_t count, std::uint64_t first_seed = 10) {
  return made_batch(std::array<std::int64_t, 3>{82200, 30000, 120000}, count, first_seed);
}

/// A seed whose masks, drawn at full size, keep these tokens of an utterance: there are 50,960
/// masks to find it among.
inline std::uint64_t seed_of_masks(const std::vector<std::int64_t>& kept_tokens) {
  const model::ModelConfig config = full_size(model::SastNetTask::Vq);
  const auto wanted = torch::tensor(kept_tokens, torch::kInt64);
  constexpr std::uint64_t kEnough = 2'000'000;
  for (std::uint64_t seed = 0; seed < kEnough; ++seed) {
    const auto drawn = model::drawn_tokens(model::token_grid(config), config.masking,
                                           model::Drawing::Masks, {seed});
    if (drawn.kept[0].equal(wanted)) return seed;
  }
  throw std::runtime_error("no seed draws these masks");
}

}  // namespace codectrace::test
