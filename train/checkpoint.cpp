#include "train/checkpoint.h"

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

Json to_json(const TrainingState& state) {
  Json json{{"schema", kSchema},        {"step", state.step},
            {"epoch", state.epoch},     {"step_of_epoch", state.step_of_epoch},
            {"seconds", state.seconds}, {"finished", state.finished},
            {"ranks", state.ranks},     {"best", nullptr},
            {"inputs", state.inputs},   {"config", state.decisive_keys}};
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
  json.at("inputs").get_to(state.inputs);
  json.at("config").get_to(state.decisive_keys);
  if (const Json& best = json.at("best"); !best.is_null()) {
    state.best = Best{best.at("metric"), best.at("value"), best.at("step")};
  }
  return state;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& folder, const TrainingState& state,
                      const model::SavedModel& model, const WeightedLoss& loss,
                      const Optimizer& optimizer) {
  make_folders(folder.parent_path());
  write_folder_atomically(folder, [&](const std::filesystem::path& temporary) {
    model::save_model(temporary, model.config, model.taxonomy_text, *model.network);
    model::SafeTensors tensors;
    for (const auto& [name, tensor] : optimizer.state()) tensors.tensors.push_back({name, tensor});
    for (const auto& item : loss->named_parameters()) {
      tensors.tensors.push_back({std::string(kParameterPrefix).append(item.key()), item.value()});
    }
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
                     WeightedLoss& loss, Optimizer& optimizer) {
  load_weights(folder, network);

  const auto path = folder / kOptimizerFile;
  std::map<std::string, torch::Tensor> moments;
  std::map<std::string, torch::Tensor> loss_parameters;
  for (auto& [name, tensor] : model::read_safetensors(path).tensors) {
    if (name.starts_with(kParameterPrefix)) {
      loss_parameters.emplace(name.substr(kParameterPrefix.size()), tensor);
    } else {
      moments.emplace(name, tensor);
    }
  }
  try {
    optimizer.load_state(moments);
  } catch (const Error& error) {
    throw error.within(path.string());
  }
  const torch::NoGradGuard no_grad;
  for (auto& item : loss->named_parameters()) {
    const auto found = loss_parameters.find(item.key());
    if (found == loss_parameters.end() || found->second.sizes() != item.value().sizes()) {
      throw Error(ErrorKind::BadData, fmt::format("{}: no {}{} that fits this model's tasks",
                                                  path.string(), kParameterPrefix, item.key()));
    }
    item.value().copy_(found->second);
  }
}

}  // namespace codectrace::train
