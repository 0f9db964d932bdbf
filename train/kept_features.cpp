#include "train/kept_features.h"

#include <string>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "model/kept/kept_features.h"

namespace codectrace::train {
namespace {

/// Why features can't be read for training, whoever made them; empty: they can.
std::string training_obstacle(const Config& config) {
  if (config.augment.rawboost != 0) return "augment.rawboost changes the waveform";
  if (config.data.crop == Crop::Random) return "data.crop = \"random\" changes what is heard";
  return {};
}

bool scores_lists_as_they_are(const Config& config) {
  const bool augments_dev = config.compat.reference && config.augment.rawboost != 0;
  const bool has_lists = !config.data.dev_lists.empty() || !config.data.watched_lists.empty();
  return has_lists && !augments_dev;
}

}  // namespace

KeptFeatures kept_features(model::Network& network, const shard::Corpus& corpus,
                           const Config& config) {
  const auto* part = network.frozen_part();
  const auto choice = config.data.cached_features;
  if (part == nullptr || choice == model::CachedFeatures::Never) return {};
  const auto obstacle = training_obstacle(config);
  if (!obstacle.empty() && choice == model::CachedFeatures::Require) {
    throw Error(ErrorKind::Usage,
                fmt::format("data.cached_features is require, but {} can't be read for training: "
                            "{}",
                            part->name(), obstacle));
  }
  KeptFeatures kept;
  // Asked for only if it matters: the answer reads all weights of the frozen part.
  if (obstacle.empty() || scores_lists_as_they_are(config)) {
    const auto found = model::kept_features(part, corpus, choice);
    if (found && obstacle.empty()) kept.training = found;
    if (found && scores_lists_as_they_are(config)) kept.dev = found;
  }
  if (kept.training) {
    log::info("the features {} are read from {}", part->name(), corpus.folder().string());
  } else {
    log::info("the features {} are computed at every step{}{}{}", part->name(),
              obstacle.empty() ? "" : ": ", obstacle, kept.dev ? "; of dev they are read" : "");
  }
  return kept;
}

std::optional<shard::FeatureSpec> kept_features_of_scored(model::Network& network,
                                                          const shard::Corpus& corpus,
                                                          const Config& config) {
  const auto* part = network.frozen_part();
  const auto choice = config.data.cached_features;
  if (part == nullptr || choice == model::CachedFeatures::Never ||
      !scores_lists_as_they_are(config))
    return std::nullopt;
  auto found = model::kept_features(part, corpus, choice);
  log::info("the features {} of {} are {}", part->name(), corpus.folder().string(),
            found ? "read from it" : "computed");
  return found;
}

}  // namespace codectrace::train
