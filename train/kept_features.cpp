#include "train/kept_features.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"

namespace codectrace::train {
namespace {

/// Why what is kept can't be used; empty: it can. What made it is asked for last: that reads all
/// weights of the frozen part.
std::string obstacle(const model::FrozenPart& part, const shard::Corpus& corpus,
                     const Config& config, shard::FeatureSpec& wanted) {
  if (config.augment.rawboost != 0) return "augment.rawboost changes the waveform";
  if (config.data.crop == Crop::Random) return "data.crop = \"random\" changes what is heard";
  wanted.made_by = part.provenance();
  if (!corpus.keeps(wanted)) {
    return fmt::format("{} doesn't keep them; \"codectrace preprocess features\" does that",
                       corpus.folder().string());
  }
  return {};
}

}  // namespace

std::optional<shard::FeatureSpec> kept_features(model::Network& network,
                                                const shard::Corpus& corpus, const Config& config) {
  const auto* part = network.frozen_part();
  if (part == nullptr || config.data.cached_features == CachedFeatures::Never) return std::nullopt;
  const auto shape = part->shape();
  shard::FeatureSpec wanted{part->name(), {shape.begin(), shape.end()}, {}};
  const auto why = obstacle(*part, corpus, config, wanted);
  if (why.empty()) {
    log::info("the features {} are read from {}", wanted.name, corpus.folder().string());
    return wanted;
  }
  if (config.data.cached_features == CachedFeatures::Require) {
    throw Error(
        ErrorKind::Usage,
        fmt::format("data.cached_features is require, but {} can't be read: {}", wanted.name, why));
  }
  log::info("the features {} are computed at every step: {}", wanted.name, why);
  return std::nullopt;
}

}  // namespace codectrace::train
