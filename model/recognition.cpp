#include "model/recognition.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/config.h"
#include "model/factory.h"
#include "model/undrawn_weights.h"
#include "model/w2v2_aasist/w2v2_aasist.h"
#include "model/wav2vec2/ssl_frontend.h"
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
    if (output == weights.end() || output->shape.size() != 1) continue;
    if (const auto count = output->shape[0];
        count >= 1 && static_cast<std::size_t>(count) <= kMostClasses)
      counts[task] = count;
  }
  return counts;
}

/// The types whose tasks are these, or differ from them by the fewest.
std::vector<W2v2AasistType> types_near(const std::map<std::string, std::int64_t>& tasks) {
  std::vector<W2v2AasistType> nearest;
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (const auto& known : enum_names(W2v2AasistType{})) {
    ModelConfig config;
    config.type = known.value;
    const auto wanted = tasks_of(config);
    const auto shared = static_cast<std::size_t>(std::ranges::count_if(
        wanted, [&](const std::string& task) { return tasks.contains(task); }));
    const auto differing = wanted.size() + tasks.size() - 2 * shared;
    if (differing > fewest) continue;
    if (differing < fewest) nearest.clear();
    fewest = differing;
    nearest.push_back(known.value);
  }
  return nearest;
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

ModelMatch compare_with_model(const ModelConfig& config, std::span<const StoredTensor> weights) {
  auto counts = class_counts(weights);
  for (const auto& task : tasks_of(config)) counts.try_emplace(task, 1);
  const UndrawnWeights only_shapes_matter;
  const auto network = make_network(config, numbered_heads(counts));
  const auto state = state_of(*network);
  return {config, network->heads(), {state.size(), misfit(state, weights)}};
}

std::optional<ModelMatch> nearest_model(std::span<const StoredTensor> weights) {
  const auto counts = class_counts(weights);
  if (counts.empty()) return std::nullopt;
  const auto pretraining =
      std::ranges::find(weights, "ssl_model.model.mask_emb", &StoredTensor::name);
  std::optional<ModelMatch> nearest;
  for (const auto type : types_near(counts)) {
    for (const auto& preset : enum_names(Preset{})) {
      ModelConfig config;
      config.preset = preset.value;
      config.type = type;
      config.apply_preset();
      config.encoder.pretraining_weights = pretraining != weights.end();
      auto compared = compare_with_model(config, weights);
      if (!nearest || compared.comparison.misfit.size() < nearest->comparison.misfit.size())
        nearest = std::move(compared);
    }
  }
  return nearest;
}

std::string name_of(const ModelMatch& match) {
  return fmt::format("{} {}, preset {}", config::name_of(match.config.name),
                     config::name_of(match.config.type), config::name_of(match.config.preset));
}

std::optional<EncoderMatch> nearest_encoder(const std::vector<StoredTensor>& weights) {
  auto encoder = encoder_tensors(weights);
  std::erase_if(encoder,
                [](const StoredTensor& tensor) { return is_pretraining_only(tensor.name); });
  if (encoder.empty()) return std::nullopt;
  const UndrawnWeights only_shapes_matter;
  std::optional<EncoderMatch> nearest;
  for (const auto& preset : enum_names(Preset{})) {
    ModelConfig config;
    config.preset = preset.value;
    config.apply_preset();
    config.encoder.pretraining_weights = false;
    const auto wanted = state_of(*SslFrontend(config.encoder));
    Comparison comparison{wanted.size(), misfit(wanted, encoder)};
    if (!nearest || comparison.misfit.size() < nearest->comparison.misfit.size())
      nearest = EncoderMatch{preset.value, std::move(comparison)};
  }
  return nearest;
}

}  // namespace codectrace::model
