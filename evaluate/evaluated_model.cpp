#include "evaluate/evaluated_model.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "model/model_config.h"
#include "model/recognition.h"
#include "model/weights/key_map.h"
#include "model/weights/weight_file.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

/// The config that is given, or the one that the weights' names and shapes tell.
model::ModelConfig config_of_weights(const fs::path& path, const std::string& given) {
  const model::WeightFile weights(path);
  if (!given.empty()) return config::read<model::ModelConfig>(config::Document::from_file(given));
  const auto nearest = model::nearest_model(model::with_reference_names(weights.tensors()));
  // Of other sizes than a preset, it is a model of the user's own.
  if (nearest && nearest->comparison.is_recognised() &&
      nearest->comparison.misfit.misshapen.empty())
    return nearest->config;
  const auto compared = nearest ? fmt::format(" (it lacks {} of the {} tensors of the nearest, {})",
                                              nearest->comparison.lacking(),
                                              nearest->comparison.wanted, model::name_of(*nearest))
                                : "";
  throw Error(ErrorKind::Usage,
              fmt::format("{} holds no model that is recognised{}; give its config with --set "
                          "model_config=FILE, or look into it with \"codectrace checkpoint "
                          "inspect\"",
                          path.string(), compared));
}

model::SavedModel open_published_weights(const EvaluateConfig& config) {
  const auto model = config_of_weights(config.checkpoint, config.model_config);
  if (config.taxonomy.empty()) {
    throw Error(ErrorKind::Usage,
                fmt::format("{} is a file of weights, which doesn't say what its classes are: "
                            "give --taxonomy FILE",
                            config.checkpoint));
  }
  const auto taxonomy = protocol::Taxonomy::from_file(config.taxonomy);
  std::vector<model::Head> heads;
  for (const auto& task : taxonomy.tasks()) {
    heads.push_back({task.name, taxonomy.output_classes(config::name_of(model.name), task.name)});
  }
  return model::open_weights(config.checkpoint, model, heads, taxonomy.text());
}

}  // namespace

EvaluatedModel open_evaluated_model(const EvaluateConfig& config) {
  if (fs::is_regular_file(config.checkpoint)) {
    return {config.checkpoint, open_published_weights(config)};
  }
  auto checkpoint = model::checkpoint_folder(config.checkpoint);
  auto model = model::open_model(checkpoint);
  return {std::move(checkpoint), std::move(model)};
}

protocol::Taxonomy agreed_taxonomy(const std::string& checkpoint_taxonomy, const fs::path& given,
                                   const std::vector<model::Head>& heads) {
  auto own = protocol::Taxonomy::from_text(checkpoint_taxonomy, "the checkpoint's taxonomy.toml");
  if (given.empty()) return own;
  auto other = protocol::Taxonomy::from_file(given);
  for (const auto& head : heads) {
    const auto& trained = own.task(head.task).classes;
    const auto& declared = other.task(head.task).classes;
    if (trained == declared) continue;
    throw Error(ErrorKind::Usage,
                fmt::format("task {}: the checkpoint was trained with the classes {}, {} declares "
                            "{}; leave --taxonomy out to evaluate with the checkpoint's own",
                            head.task, fmt::join(trained, ", "), given.string(),
                            fmt::join(declared, ", ")));
  }
  return other;
}

Json model_json(const model::SavedModel& saved, const fs::path& checkpoint) {
  std::int64_t weights = 0;
  for (const auto& parameter : saved.network->parameters()) weights += parameter.numel();
  Json json;
  json["name"] =
      fmt::format("{} {}", config::name_of(saved.config.name), config::name_of(saved.config.type));
  json["type"] = config::name_of(saved.config.type);
  json["checkpoint"] = checkpoint.string();
  json["parameters"] = weights;
  return json;
}

}  // namespace codectrace::evaluate
