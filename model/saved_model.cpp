#include "model/saved_model.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/atomic_file.h"
#include "core/config.h"
#include "core/error.h"
#include "core/utf8.h"
#include "model/factory.h"
#include "model/recognition.h"
#include "model/undrawn_weights.h"
#include "model/weights/load.h"
#include "model/weights/safetensors.h"

namespace codectrace::model {
namespace {

constexpr auto kConfigFile = "model.toml";
constexpr auto kTaxonomyFile = "taxonomy.toml";
constexpr auto kWeightsFile = "weights.safetensors";
const std::string kHeadPrefix = "head.";

/// "head.0" → "BIN spoof bonafide": the classes travel with the weights they index.
std::map<std::string, std::string> metadata_of(const std::vector<Head>& heads) {
  std::map<std::string, std::string> metadata;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    metadata[kHeadPrefix + std::to_string(i)] =
        fmt::format("{} {}", heads[i].task, fmt::join(heads[i].classes, " "));
  }
  return metadata;
}

/// A taxonomy of other classes would call the outputs by the wrong names.
void check_classes(const std::filesystem::path& path, const std::vector<Head>& trained,
                   const std::vector<Head>& given) {
  for (const auto& head : trained) {
    const auto same_task = std::ranges::find(given, head.task, &Head::task);
    if (same_task == given.end() || same_task->classes == head.classes) continue;
    throw Error(ErrorKind::Usage,
                fmt::format("{}: task {} was trained with the classes {}, the taxonomy declares {}",
                            path.string(), printable(head.task),
                            printable(fmt::format("{}", fmt::join(head.classes, ", "))),
                            fmt::join(same_task->classes, ", ")));
  }
}

std::shared_ptr<Network> loaded_network(const ModelConfig& config,
                                        const std::vector<Head>& taxonomy,
                                        const WeightFile& weights) {
  const auto network = [&] {
    const UndrawnWeights every_one_is_read;
    return make_network(config, taxonomy);
  }();
  load_state(*network, weights);
  return network;
}

}  // namespace

void save_model(const std::filesystem::path& folder, const ModelConfig& config,
                const std::string& taxonomy_text, const Network& network) {
  write_file_atomically(folder / kConfigFile, config::dump(config));
  write_file_atomically(folder / kTaxonomyFile, taxonomy_text);
  write_safetensors(folder / kWeightsFile, {state_of(network), metadata_of(network.heads())});
}

std::vector<Head> heads_in(const std::map<std::string, std::string>& metadata) {
  std::vector<Head> heads;
  for (const auto& [key, value] : metadata) {
    if (!key.starts_with(kHeadPrefix)) continue;
    Head head;
    std::size_t begin = 0;
    while (begin <= value.size()) {
      const std::size_t end = std::min(value.find(' ', begin), value.size());
      const auto word = value.substr(begin, end - begin);
      if (head.task.empty()) {
        head.task = word;
      } else {
        head.classes.push_back(word);
      }
      begin = end + 1;
    }
    if (head.classes.size() > kMostClasses) {
      throw Error(ErrorKind::BadData, fmt::format("task {} claims {} classes, more than any",
                                                  printable(head.task), head.classes.size()));
    }
    heads.push_back(head);
  }
  return heads;
}

std::filesystem::path checkpoint_folder(const std::filesystem::path& path) {
  const auto is_checkpoint = [](const std::filesystem::path& folder) {
    return std::filesystem::exists(model_config_file(folder));
  };
  if (is_checkpoint(path)) return path;
  if (const auto best = path / "best"; is_checkpoint(best)) return std::filesystem::canonical(best);
  throw Error(
      ErrorKind::BadData,
      fmt::format("{} is neither a weight file nor a checkpoint (a folder with {}) nor a run "
                  "directory with a best one (the link \"best\"), as train writes them",
                  path.string(), kConfigFile));
}

std::filesystem::path weights_file(const std::filesystem::path& path) {
  return std::filesystem::is_regular_file(path) ? path : checkpoint_folder(path) / kWeightsFile;
}

std::filesystem::path model_config_file(const std::filesystem::path& folder) {
  return folder / kConfigFile;
}

SavedModel open_model(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} is no checkpoint: there is no such folder", folder.string()));
  }
  for (const auto* file : {kConfigFile, kTaxonomyFile, kWeightsFile}) {
    if (std::filesystem::exists(folder / file)) continue;
    throw Error(ErrorKind::BadData,
                fmt::format("{} is no checkpoint: it has no {}", folder.string(), file));
  }
  SavedModel saved;
  try {
    saved.config = config::read<ModelConfig>(config::Document::from_file(folder / kConfigFile));
  } catch (const Error& error) {
    throw Error(ErrorKind::BadData,
                error.what());  // not the user's config: a file of ours that is damaged
  }
  saved.taxonomy_text = read_file(folder / kTaxonomyFile);
  const WeightFile weights(folder / kWeightsFile);
  saved.network = loaded_network(saved.config, heads_in(weights.metadata()), weights);
  return saved;
}

SavedModel open_weights(const WeightFile& weights, const ModelConfig& config,
                        const std::vector<Head>& taxonomy, std::string taxonomy_text) {
  check_classes(weights.path(), heads_in(weights.metadata()), taxonomy);
  return {config, std::move(taxonomy_text), loaded_network(config, taxonomy, weights)};
}

}  // namespace codectrace::model
