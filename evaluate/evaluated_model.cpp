#include "evaluate/evaluated_model.h"

#include <optional>
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

/// Weights of a SAST Net don't say what its classes are: the task that is meant, or that the file's
/// metadata names, or the only one of so many classes.
model::SastNetTask sast_net_task(const ModelSource& source, const model::ModelMatch& match,
                                 const model::WeightFile& weights,
                                 const protocol::Taxonomy& taxonomy) {
  if (source.task) return *source.task;
  const auto trained = model::heads_in(weights.metadata());
  std::vector<model::SastNetTask> fitting;
  std::vector<std::string_view> names;
  for (const auto& [task, name] : enum_names(model::SastNetTask{})) {
    const bool fits = trained.empty()
                          ? taxonomy.task(name).classes.size() == match.heads.front().classes.size()
                          : trained.front().task == name;
    if (!fits) continue;
    fitting.push_back(task);
    names.push_back(name);
  }
  if (fitting.size() == 1) return fitting.front();
  throw Error(ErrorKind::Usage,
              fmt::format("{} holds a sast-net of {} classes, which {} tasks of the taxonomy have "
                          "({}): say which, score with --task, evaluate with --model-config and a "
                          "file that says name = \"sast-net\" and task",
                          source.checkpoint.string(), match.heads.front().classes.size(),
                          fitting.size(), fmt::join(names, ", ")));
}

/// The model that the weights' names and shapes tell.
model::ModelMatch recognised(const ModelSource& source, const model::WeightFile& weights) {
  auto nearest = model::nearest_model(model::with_reference_names(weights.tensors()));
  // Of other sizes than a preset, it is a model of the user's own.
  if (nearest && nearest->comparison.is_recognised() &&
      nearest->comparison.misfit.misshapen.empty())
    return *nearest;
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
  const model::WeightFile weights(source.checkpoint);
  std::optional<model::ModelMatch> match;
  model::ModelConfig model;
  if (source.model_config.empty()) {
    match = recognised(source, weights);
    model = match->config;
  } else {
    model = config::read<model::ModelConfig>(config::Document::from_file(source.model_config));
  }
  const auto path = source.taxonomy.empty() ? fs::path(kShippedTaxonomy) : source.taxonomy;
  const auto taxonomy = protocol::Taxonomy::from_file(path);
  if (match && model.name == model::Architecture::SastNet)
    model.task = sast_net_task(source, *match, weights, taxonomy);
  if (source.taxonomy.empty()) {
    log::info("the classes of {} are taken from {}", source.checkpoint.string(), path.string());
  }
  std::vector<model::Head> heads;
  for (const auto& task : taxonomy.tasks()) {
    heads.push_back({task.name, taxonomy.output_classes(config::name_of(model.name), task.name)});
  }
  return model::open_weights(weights, model, heads, taxonomy.text());
}

void require_what_is_meant(const ModelSource& source, const model::ModelConfig& found) {
  using enum model::Architecture;
  auto meant = found;
  if (source.type) meant.name = W2v2Aasist;
  if (source.task) meant.name = SastNet;
  meant.name = source.name.value_or(meant.name);
  meant.type = source.type.value_or(found.type);
  meant.task = source.task.value_or(found.task);
  if (model::describe(meant) == model::describe(found)) return;
  throw Error(ErrorKind::Usage, fmt::format("{} holds a {}, not a {}", source.checkpoint.string(),
                                            model::describe(found), model::describe(meant)));
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
  json["name"] = model::describe(saved.config);
  json["type"] = model::variant_of(saved.config);
  json["checkpoint"] = checkpoint.string();
  json["parameters"] = weights;
  return json;
}

}  // namespace codectrace::evaluate
