#include "evaluate/evaluated_model.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/log.h"
#include "model/model_config.h"
#include "model/recognition.h"
#include "model/weights/key_map.h"
#include "model/weights/weight_file.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

constexpr auto kShippedTaxonomy = "configs/taxonomy.toml";

/// The config that is given, or the one that the weights' names and shapes tell.
model::ModelConfig config_of_weights(const ModelSource& source) {
  const model::WeightFile weights(source.checkpoint);
  if (!source.model_config.empty()) {
    return config::read<model::ModelConfig>(config::Document::from_file(source.model_config));
  }
  const auto nearest = model::nearest_model(model::with_reference_names(weights.tensors()));
  // Of other sizes than a preset, it is a model of the user's own.
  if (nearest && nearest->comparison.is_recognised() &&
      nearest->comparison.misfit.misshapen.empty())
    return nearest->config;
  const auto compared = nearest ? fmt::format(" (it lacks {} of the {} tensors of the nearest, {})",
                                              nearest->comparison.lacking(),
                                              nearest->comparison.wanted, model::name_of(*nearest))
                                : "";
  throw Error(
      ErrorKind::Usage,
      fmt::format("{} holds no model that is recognised{}; give its config, a model.toml, with "
                  "--model-config, or look into it with \"codectrace checkpoint inspect\"",
                  source.checkpoint.string(), compared));
}

model::SavedModel open_published_weights(const ModelSource& source) {
  const auto model = config_of_weights(source);
  const auto path = source.taxonomy.empty() ? fs::path(kShippedTaxonomy) : source.taxonomy;
  const auto taxonomy = protocol::Taxonomy::from_file(path);
  if (source.taxonomy.empty()) {
    log::info("the classes of {} are taken from {}", source.checkpoint.string(), path.string());
  }
  std::vector<model::Head> heads;
  for (const auto& task : taxonomy.tasks()) {
    heads.push_back({task.name, taxonomy.output_classes(config::name_of(model.name), task.name)});
  }
  return model::open_weights(source.checkpoint, model, heads, taxonomy.text());
}

void require_what_is_meant(const ModelSource& source, const model::ModelConfig& found) {
  if (source.name.value_or(found.name) == found.name &&
      source.type.value_or(found.type) == found.type) {
    return;
  }
  throw Error(ErrorKind::Usage, fmt::format("{} holds a {} of type {}, not a {} of type {}",
                                            source.checkpoint.string(), config::name_of(found.name),
                                            config::name_of(found.type),
                                            config::name_of(source.name.value_or(found.name)),
                                            config::name_of(source.type.value_or(found.type))));
}

EvaluatedModel open_any(const ModelSource& source) {
  if (fs::is_regular_file(source.checkpoint)) {
    return {source.checkpoint, open_published_weights(source)};
  }
  auto checkpoint = model::checkpoint_folder(source.checkpoint);
  auto model = model::open_model(checkpoint);
  return {std::move(checkpoint), std::move(model)};
}

}  // namespace

EvaluatedModel open_evaluated_model(const ModelSource& source) {
  auto opened = open_any(source);
  require_what_is_meant(source, opened.model.config);
  return opened;
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
