#include "train/checkpoint.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "model/weights/load.h"
#include "model/weights/safetensors.h"

namespace codectrace::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "codectrace.training_state/1";
constexpr auto kStateFile = "state.json";
constexpr auto kOptimizerFile = "optimizer.safetensors";
constexpr std::string_view kParameterPrefix = "loss_parameter.";
constexpr std::string_view kTrainedPrefix = "trained.";

Json to_json(const TrainingState& state) {
  Json json{{"schema", kSchema},
            {"step", state.step},
            {"epoch", state.epoch},
            {"step_of_epoch", state.step_of_epoch},
            {"seconds", state.seconds},
            {"finished", state.finished},
            {"ranks", state.ranks},
            {"skipped_steps", state.skipped_steps},
            {"best", nullptr},
            {"inputs", state.inputs},
            {"config", state.decisive_keys},
            {"begun_from", state.begun_from},
            {"scorings_since_best", state.scorings_since_best}};
  if (state.best) {
    json["best"] = {
        {"metric", state.best->metric}, {"value", state.best->value}, {"step", state.best->step}};
  }
  return json;
}

TrainingState from_json(const Json& json) {
  TrainingState state;
  json.at("step").get_to(state.step);
  json.at("epoch").get_to(state.epoch);
  json.at("step_of_epoch").get_to(state.step_of_epoch);
  json.at("seconds").get_to(state.seconds);
  json.at("finished").get_to(state.finished);
  json.at("ranks").get_to(state.ranks);
  state.skipped_steps = json.value("skipped_steps", std::uint64_t{0});  // not in the first versions
  json.at("inputs").get_to(state.inputs);
  json.at("config").get_to(state.decisive_keys);
  state.scorings_since_best = json.value("scorings_since_best", std::uint64_t{0});
  state.begun_from = json.value("begun_from", "");
  if (const Json& best = json.at("best"); !best.is_null()) {
    state.best = Best{best.at("metric"), best.at("value"), best.at("step")};
  }
  return state;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& folder, const TrainingState& state,
                      const model::SavedModel& model, const WeightedLoss& loss,
                      const Optimizer& optimizer, const SetAside& trained) {
  make_folders(folder.parent_path());
  write_folder_atomically(folder, [&](const std::filesystem::path& temporary) {
    model::save_model(temporary, model.config, model.taxonomy_text, *model.network);
    model::SafeTensors tensors;
    for (const auto& [name, tensor] : optimizer.state()) tensors.tensors.push_back({name, tensor});
    for (const auto& item : loss->named_parameters()) {
      tensors.tensors.push_back({std::string(kParameterPrefix).append(item.key()), item.value()});
    }
    for (const auto& [name, tensor] : trained)
      tensors.tensors.push_back({std::string(kTrainedPrefix).append(name), tensor});
    model::write_safetensors(temporary / kOptimizerFile, tensors);
    write_file_atomically(temporary / kStateFile, to_json(state).dump(2) + "\n");
  });
}

TrainingState read_state(const std::filesystem::path& folder) {
  const auto path = folder / kStateFile;
  const auto json = Json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("schema", "") != kSchema) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} is corrupt or of another version (expected schema {}); resume from "
                            "another checkpoint with --resume PATH",
                            path.string(), kSchema));
  }
  try {
    return from_json(json);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::BadData, fmt::format("{}: {}", path.string(), error.what()));
  }
}

void load_weights(const std::filesystem::path& folder, model::Network& network) {
  model::load_state(network, model::WeightFile(folder / "weights.safetensors"));
}

void load_checkpoint(const std::filesystem::path& folder, model::Network& network,
                     WeightedLoss& loss, Optimizer& optimizer, const SetAside& trained) {
  load_weights(folder, network);

  const auto path = folder / kOptimizerFile;
  std::map<std::string, torch::Tensor> moments;
  std::map<std::string, torch::Tensor> others;
  for (auto& [name, tensor] : model::read_safetensors(path).tensors) {
    const bool is_other = name.starts_with(kParameterPrefix) || name.starts_with(kTrainedPrefix);
    (is_other ? others : moments).emplace(name, tensor);
  }
  try {
    optimizer.load_state(moments);
  } catch (const Error& error) {
    throw error.within(path.string());
  }
  const torch::NoGradGuard no_grad;
  const bool has_trained = std::ranges::any_of(
      others, [](const auto& item) { return item.first.starts_with(kTrainedPrefix); });
  if (!trained.empty() && !has_trained) {
    throw Error(
        ErrorKind::Usage,
        fmt::format("{} was made without train.average_decay: go on from it with 0, or take "
                    "it as train.start_from",
                    folder.string()));
  }
  const auto fill = [&](std::string_view prefix, const std::string& name, torch::Tensor target) {
    const auto found = others.find(std::string(prefix).append(name));
    if (found == others.end() || found->second.sizes() != target.sizes()) {
      throw Error(ErrorKind::BadData, fmt::format("{}: no {}{} that fits this model's tasks",
                                                  path.string(), prefix, name));
    }
    target.copy_(found->second);
  };
  for (auto& item : loss->named_parameters()) fill(kParameterPrefix, item.key(), item.value());
  for (const auto& [name, tensor] : trained) fill(kTrainedPrefix, name, tensor);
}

}  // namespace codectrace::train
