#pragma once

#include <optional>

#include "model/network.h"
#include "shard/corpus.h"
#include "shard/feature.h"
#include "train/config.h"

namespace codectrace::train {

/// What training reads of the network's frozen part from the corpus; nullopt: the network computes
/// it, and the log says why. Never where RawBoost or a random crop changes what the network is
/// given: the features were made of an utterance as it is, from its first sample on.
/// @throws Error(BadData) if something else made what the corpus keeps; Error(Usage) if
///         data.cached_features requires what can't be
[[nodiscard]] std::optional<shard::FeatureSpec> kept_features(model::Network& network,
                                                              const shard::Corpus& corpus,
                                                              const Config& config);

}  // namespace codectrace::train
