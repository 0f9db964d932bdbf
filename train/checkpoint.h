#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/saved_model.h"
#include "train/loss.h"
#include "train/optimizer.h"

namespace codectrace::train {

/// The best checkpoint so far, by the dev lists.
struct Best {
  std::string metric;  ///< "eer"
  double value = 0;
  std::uint64_t step = 0;
};

/// What continues a run beside weights and optimiser. No generator's state is in it: order, crops,
/// augmentation and dropout are functions of seed and step.
struct TrainingState {
  std::uint64_t step = 0;           ///< steps done
  std::uint64_t epoch = 0;          ///< that the next step belongs to
  std::uint64_t step_of_epoch = 0;  ///< done in it
  double seconds = 0;               ///< of training so far
  std::uint64_t skipped_steps = 0;  ///< whose loss wasn't finite
  std::optional<Best> best;
  std::uint64_t scorings_since_best = 0;  ///< of dev
  bool finished = false;
  int ranks = 1;                              ///< that wrote it
  std::string decisive_keys;                  ///< see config.h
  std::map<std::string, std::string> inputs;  ///< see Material::inputs
  std::string begun_from;  ///< what --resume named when the run began, by its whole path
};

/// The trained weights, where the network in front has their average.
using SetAside = std::vector<model::NamedTensor>;

/// Writes a folder that is there complete or not at all: model.toml, taxonomy.toml,
/// weights.safetensors (enough to evaluate), optimizer.safetensors, state.json. One rank's.
void write_checkpoint(const std::filesystem::path& folder, const TrainingState& state,
                      const model::SavedModel& model, const WeightedLoss& loss,
                      const Optimizer& optimizer, const SetAside& trained);

/// state.json. @throws Error(BadData) naming the file and what is wrong with it
[[nodiscard]] TrainingState read_state(const std::filesystem::path& folder);

/// The weights alone into those of the same network. @throws Error(BadData) as load_checkpoint
void load_weights(const std::filesystem::path& folder, model::Network& network);

/// Weights, optimiser and loss parameters into those of a run with the same network.
/// @param trained  filled too; none if they aren't kept
/// @throws Error(BadData): a file is missing or corrupt, or it is another model's checkpoint;
///         Error(Usage): it lacks the trained weights
void load_checkpoint(const std::filesystem::path& folder, model::Network& network,
                     WeightedLoss& loss, Optimizer& optimizer, const SetAside& trained);

}  // namespace codectrace::train
