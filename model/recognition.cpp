#include "model/recognition.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/config.h"
#include "model/factory.h"
#include "model/sast_net/sast_net.h"
#include "model/undrawn_weights.h"
#include "model/w2v2_aasist/w2v2_aasist.h"
#include "model/wav2vec2/ssl_frontend.h"
#include "model/weights/key_map.h"

namespace codectrace::model {
namespace {

/// Classes of the branch with this name, by its output layer; nullopt if there is none.
std::optional<std::int64_t> class_count(std::span<const StoredTensor> weights,
                                        const std::string& branch) {
  const auto output = std::ranges::find(weights, branch + ".out_layer.bias", &StoredTensor::name);
  if (output == weights.end() || output->shape.size() != 1) return std::nullopt;
  const auto count = output->shape[0];
  if (count < 1 || static_cast<std::size_t>(count) > kMostClasses) return std::nullopt;
  return count;
}

/// Classes of each task that a W2V2-AASIST's weights have a branch for.
std::map<std::string, std::int64_t> class_counts(std::span<const StoredTensor> weights) {
  ModelConfig all;
  all.type = W2v2AasistType::M1;
  std::map<std::string, std::int64_t> counts;
  for (const auto& task : tasks_of(all)) {
    if (const auto count = class_count(weights, branch_name(task))) counts[task] = *count;
  }
  return counts;
}

/// Of the tasks that `config` answers; 1 where the weights don't tell.
std::map<std::string, std::int64_t> class_counts(const ModelConfig& config,
                                                 std::span<const StoredTensor> weights) {
  std::map<std::string, std::int64_t> counts;
  switch (config.name) {
    case Architecture::W2v2Aasist:
      counts = class_counts(weights);
      break;
    case Architecture::SastNet:
      if (const auto count = class_count(weights, kSastNetBranch))
        counts[std::string(variant_of(config))] = *count;
      break;
  }
  for (const auto& task : tasks_of(config)) counts.try_emplace(task, 1);
  return counts;
}

/// The tasks that published SAST Nets of so many classes answer, whose weights are named alike.
std::vector<SastNetTask> sast_net_tasks(std::int64_t classes) {
  using enum SastNetTask;
  switch (classes) {
    case 2:
      return {Bin};
    case 3:
      return {Dec};
    case 4:
      return {Aux, Vq};
    default:
      return {Bin, Aux, Dec, Vq};
  }
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
  const UndrawnWeights only_shapes_matter;
  const auto network = make_network(config, numbered_heads(class_counts(config, weights)));
  const auto state = state_of(*network);
  return {config,
          {std::string(variant_of(config))},
          network->heads(),
          {state.size(), misfit(state, weights)}};
}

namespace {

bool has(std::span<const StoredTensor> weights, const std::string& name) {
  return std::ranges::find(weights, name, &StoredTensor::name) != weights.end();
}

/// A preset, with the unused weights that are there.
ModelConfig as_the_weights(Architecture name, Preset preset,
                           std::span<const StoredTensor> weights) {
  auto config = preset_config(name, preset);
  config.encoder.pretraining_weights =
      has(weights, std::string(encoder_prefix(config)) + "model.mask_emb");
  config.audio_mae.contrastive_weights = has(weights, "MAE.projection_head.fc1.weight");
  config.whisper.decoder_weights = has(weights, "whisper.model.decoder.embed_tokens.weight");
  return config;
}

/// All that the weights' output layers allow.
std::vector<ModelMatch> near_models(std::span<const StoredTensor> weights) {
  std::vector<ModelMatch> models;
  const auto counts = class_counts(weights);
  const auto of_sast_net = class_count(weights, kSastNetBranch);
  for (const auto& preset : enum_names(Preset{})) {
    if (!counts.empty()) {
      auto config = as_the_weights(Architecture::W2v2Aasist, preset.value, weights);
      for (const auto type : types_near(counts)) {
        config.type = type;
        models.push_back(compare_with_model(config, weights));
      }
    }
    if (of_sast_net) {
      auto config = as_the_weights(Architecture::SastNet, preset.value, weights);
      const auto tasks = sast_net_tasks(*of_sast_net);
      config.task = tasks.front();
      auto& model = models.emplace_back(compare_with_model(config, weights));
      model.variants.clear();
      for (const auto task : tasks) model.variants.emplace_back(config::name_of(task));
    }
  }
  return models;
}

}  // namespace

std::optional<ModelMatch> nearest_model(std::span<const StoredTensor> weights) {
  auto models = near_models(weights);
  const auto nearest = std::ranges::min_element(
      models, {}, [](const ModelMatch& model) { return model.comparison.misfit.size(); });
  if (nearest == models.end()) return std::nullopt;
  return std::move(*nearest);
}

std::string name_of(const ModelMatch& match) {
  return fmt::format("{} {}, preset {}", config::name_of(match.config.name),
                     fmt::join(match.variants, " or "), config::name_of(match.config.preset));
}

std::optional<EncoderMatch> nearest_encoder(const std::vector<StoredTensor>& weights) {
  auto encoder = encoder_tensors(weights);
  std::erase_if(encoder,
                [](const StoredTensor& tensor) { return is_pretraining_only(tensor.name); });
  if (encoder.empty()) return std::nullopt;
  const UndrawnWeights only_shapes_matter;
  std::optional<EncoderMatch> nearest;
  for (const auto& preset : enum_names(Preset{})) {  // the same of both architectures
    auto config = preset_config(Architecture::W2v2Aasist, preset.value);
    config.encoder.pretraining_weights = false;
    const auto wanted = state_of(*SslFrontend(config.encoder));
    Comparison comparison{wanted.size(), misfit(wanted, encoder)};
    if (!nearest || comparison.misfit.size() < nearest->comparison.misfit.size())
      nearest = EncoderMatch{preset.value, std::move(comparison)};
  }
  return nearest;
}

}  // namespace codectrace::model
