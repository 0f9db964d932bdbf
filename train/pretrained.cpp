#include "train/pretrained.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/log.h"
#include "model/inherited_weights.h"
#include "model/sast_net/pretrained_parts.h"
#include "model/saved_model.h"
#include "model/weights/load.h"

namespace codectrace::train {
namespace {

void load_encoder(const std::string& path, model::Network& network) {
  const model::WeightFile file(path);
  const auto remainder = model::load_encoder(network, file);
  log::info("encoder from {} ({}); {} tensors of it aren't used, {} of pretraining aren't in it",
            path, file.format(), remainder.not_in_network.size(), remainder.not_in_file.size());
}

/// The first dozen.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 12;
  const std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())));
  return fmt::format("{}{}", fmt::join(shown, ", "), names.size() > kShown ? ", …" : "");
}

void report(const std::string& part, const model::WeightFile& file, const model::PartTaken& taken) {
  log::info("{} from {} ({}): {} tensors; {} of it aren't used, {} of the network's stay fresh",
            part, file.path().string(), file.format(), taken.taken, taken.passed_over.size(),
            taken.left_fresh.size());
  if (!taken.passed_over.empty()) log::info("  not used: {}", listed(taken.passed_over));
  if (!taken.left_fresh.empty()) log::info("  fresh: {}", listed(taken.left_fresh));
}

void warn_of(const std::string& part, const std::string& source, const std::string& key,
             const std::string& file) {
  log::warn("{} starts from random weights; the reference starts from {}: --set train.{}={}", part,
            source, key, file);
}

void start_from_trained(const Config& config, model::Network& network) {
  const model::WeightFile file(model::weights_file(config.train.start_from));
  const auto found = model::inherit_weights(network, file);
  log::info(
      "weights from {} ({}): {} tensors; {} of it aren't used, {} of the network's stay fresh",
      file.path().string(), file.format(), found.taken, found.passed_over.size(),
      found.fresh.size());
  if (!found.other_heads.empty())
    log::info("  other classes, so fresh outputs: {}", fmt::join(found.other_heads, ", "));
  if (!found.fresh.empty()) log::info("  fresh: {}", listed(found.fresh));
  if (!found.passed_over.empty()) log::info("  not used: {}", listed(found.passed_over));
}

}  // namespace

void start_from_pretrained(const Config& config, model::Network& network) {
  const auto& files = config.train;
  if (!files.start_from.empty()) start_from_trained(config, network);
  if (!files.pretrained_encoder.empty()) load_encoder(files.pretrained_encoder, network);
  if (!files.pretrained_audio_mae.empty()) {
    const model::WeightFile file(files.pretrained_audio_mae);
    report("AudioMAE", file, model::load_audio_mae(network, file));
  }
  if (!files.pretrained_whisper.empty()) {
    const model::WeightFile file(files.pretrained_whisper);
    report("Whisper", file, model::load_whisper(network, file));
  }
  if (!files.tuned_weights.empty()) load_encoder(files.tuned_weights, network);
}

void warn_of_untrained_parts(const Config& config) {
  const auto& files = config.train;
  if (!files.start_from.empty()) return;
  const auto& model = config.model;
  if (files.pretrained_encoder.empty() && files.tuned_weights.empty() &&
      model.encoder.layers >= model::EncoderConfig{}.layers) {
    warn_of("the encoder", "XLS-R 300M", "pretrained_encoder", "xlsr2_300m.pt");
  }
  if (model.name != model::Architecture::SastNet) return;
  if (files.pretrained_audio_mae.empty() &&
      model.audio_mae.layers >= model::AudioMaeConfig{}.layers) {
    warn_of("the autoencoder", "AudioMAE", "pretrained_audio_mae", "mae_pretrained_base.pth");
  }
  if (files.pretrained_whisper.empty() && model.whisper.layers >= model::WhisperConfig{}.layers) {
    warn_of("Whisper, which isn't trained,", "Whisper-small", "pretrained_whisper",
            "whisper-small/model.safetensors");
  }
}

}  // namespace codectrace::train
