#include "model/recognition.h"

#include <algorithm>
#include <map>

#include "model/factory.h"
#include "model/undrawn_weights.h"
#include "model/w2v2_aasist/ssl_frontend.h"
#include "model/w2v2_aasist/w2v2_aasist.h"
#include "model/weights/key_map.h"

namespace codectrace::model {
namespace {

/// Classes of each task that the weights have a branch for, by the branch's output layer.
std::map<std::string, std::int64_t> class_counts(std::span<const StoredTensor> weights) {
  ModelConfig all;
  all.type = W2v2AasistType::M1;
  std::map<std::string, std::int64_t> counts;
  for (const auto& task : tasks_of(all)) {
    const auto output =
        std::ranges::find(weights, branch_name(task) + ".out_layer.bias", &StoredTensor::name);
    if (output != weights.end() && output->shape.size() == 1) counts[task] = output->shape[0];
  }
  return counts;
}

/// The type whose tasks are just these.
std::optional<W2v2AasistType> type_of(const std::map<std::string, std::int64_t>& tasks) {
  for (const auto& known : enum_names(W2v2AasistType{})) {
    ModelConfig config;
    config.type = known.value;
    const auto wanted = tasks_of(config);
    const bool has_all =
        std::ranges::all_of(wanted, [&](const std::string& task) { return tasks.contains(task); });
    if (has_all && wanted.size() == tasks.size()) return known.value;
  }
  return std::nullopt;
}

/// Named by numbers: "0", "1" …
std::vector<Head> numbered_heads(const std::map<std::string, std::int64_t>& counts) {
  std::vector<Head> heads;
  for (const auto& [task, count] : counts) {
    auto& head = heads.emplace_back(Head{task, {}});
    for (std::int64_t i = 0; i < count; ++i) head.classes.push_back(std::to_string(i));
  }
  return heads;
}

}  // namespace

RecognisedModel compare_with_model(const ModelConfig& config,
                                   std::span<const StoredTensor> weights) {
  auto counts = class_counts(weights);
  for (const auto& task : tasks_of(config)) counts.try_emplace(task, 1);
  const UndrawnWeights only_shapes_matter;
  const auto network = make_network(config, numbered_heads(counts));
  return {config, network->heads(), misfit(state_of(*network), weights)};
}

std::optional<RecognisedModel> recognise_model(std::span<const StoredTensor> weights) {
  const auto type = type_of(class_counts(weights));
  if (!type) return std::nullopt;
  const auto pretraining =
      std::ranges::find(weights, "ssl_model.model.mask_emb", &StoredTensor::name);
  std::optional<RecognisedModel> best;
  for (const auto& preset : enum_names(Preset{})) {
    ModelConfig config;
    config.preset = preset.value;
    config.type = *type;
    config.apply_preset();
    config.encoder.pretraining_weights = pretraining != weights.end();
    auto compared = compare_with_model(config, weights);
    // Another model's weights have hardly a name and shape in common with these.
    const auto lacking = compared.misfit.missing.size() + compared.misfit.misshapen.size();
    if (2 * lacking > weights.size()) continue;
    if (!best || compared.misfit.size() < best->misfit.size()) best = std::move(compared);
  }
  return best;
}

std::optional<RecognisedEncoder> recognise_encoder(const std::vector<StoredTensor>& weights) {
  auto encoder = encoder_tensors(weights);
  std::erase_if(encoder,
                [](const StoredTensor& tensor) { return is_pretraining_only(tensor.name); });
  if (encoder.empty()) return std::nullopt;
  const UndrawnWeights only_shapes_matter;
  std::optional<RecognisedEncoder> best;
  for (const auto& preset : enum_names(Preset{})) {
    ModelConfig config;
    config.preset = preset.value;
    config.apply_preset();
    config.encoder.pretraining_weights = false;
    const auto wanted = state_of(*SslFrontend(config.encoder));
    auto found = misfit(wanted, encoder);
    if (2 * (found.missing.size() + found.misshapen.size()) > wanted.size()) continue;
    if (!best || found.size() < best->misfit.size())
      best = RecognisedEncoder{preset.value, std::move(found)};
  }
  return best;
}

}  // namespace codectrace::model
