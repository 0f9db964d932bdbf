#pragma once

#include <optional>

#include "model/network.h"
#include "shard/corpus.h"
#include "shard/feature.h"
#include "train/config.h"

namespace codectrace::train {

/// What is read of the network's frozen part from the corpus; nullopt: the network computes it.
struct KeptFeatures {
  std::optional<shard::FeatureSpec> training;
  std::optional<shard::FeatureSpec> dev;  ///< and of all lists of data.corpus that are scored
};

/// Features were made of an utterance as it is, from its first sample on: they aren't read for
/// training where RawBoost or a random crop changes what the network is given, nor for dev where
/// compat.reference augments it. The log says what is computed, and why.
/// @throws Error(BadData) if something else made what the corpus keeps; Error(Usage) if
///         data.cached_features requires what can't be
[[nodiscard]] KeptFeatures kept_features(model::Network& network, const shard::Corpus& corpus,
                                         const Config& config);

/// What is read of another corpus, whose lists are scored alone; nullopt: the network computes it.
/// @throws as kept_features
[[nodiscard]] std::optional<shard::FeatureSpec> kept_features_of_scored(model::Network& network,
                                                                        const shard::Corpus& corpus,
                                                                        const Config& config);

}  // namespace codectrace::train
