#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/model_config.h"
#include "model/network.h"
#include "model/weights/weight_file.h"

namespace codectrace::model {

/// What makes a network usable by itself: its config, weights and the taxonomy it was trained with.
/// On disk three files of a checkpoint folder: model.toml, taxonomy.toml, weights.safetensors.
struct SavedModel {
  ModelConfig config;
  std::string taxonomy_text;
  std::shared_ptr<Network> network;
};

/// Writes the three files into `folder`, which exists (the caller makes it appear atomically).
void save_model(const std::filesystem::path& folder, const ModelConfig& config,
                const std::string& taxonomy_text, const Network& network);

/// The classes that weights were trained with, from a weight file's metadata as save_model and
/// checkpoint convert write it; of other programs' files none.
/// @throws Error(BadData) for more classes than any task has
[[nodiscard]] std::vector<Head> heads_in(const std::map<std::string, std::string>& metadata);

/// The checkpoint folder that a path means: itself, or the best checkpoint of a run directory.
/// @throws Error(BadData) if it is neither
[[nodiscard]] std::filesystem::path checkpoint_folder(const std::filesystem::path& path);

/// The weight file that a path means: the file itself, or the one in its checkpoint folder.
/// @throws Error(BadData) as checkpoint_folder
[[nodiscard]] std::filesystem::path weights_file(const std::filesystem::path& path);

/// Beside the weights of a checkpoint folder.
[[nodiscard]] std::filesystem::path model_config_file(const std::filesystem::path& folder);

/// @throws Error(BadData) naming the file and what is missing, unexpected or of the wrong shape
[[nodiscard]] SavedModel open_model(const std::filesystem::path& folder);

/// A network from bare weights, as they are published.
/// @param taxonomy  the classes of every task, in the model's output order
/// @throws Error as load_state; Error(Usage) as make_network, or if the file says that it
///         was trained with other classes (checkpoint convert keeps them)
[[nodiscard]] SavedModel open_weights(const WeightFile& weights, const ModelConfig& config,
                                      const std::vector<Head>& taxonomy, std::string taxonomy_text);

}  // namespace codectrace::model
