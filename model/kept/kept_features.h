#pragma once

#include <optional>

#include "model/frozen_part.h"
#include "model/kept/cached_features.h"
#include "shard/corpus.h"
#include "shard/feature.h"

namespace codectrace::model {

/// A frozen part's features as corpora keep them. Reads all its weights, for their checksum.
[[nodiscard]] shard::FeatureSpec feature_spec(const FrozenPart& part);

/// What can be read from the corpus in place of computing it; nullopt: nothing, or nothing is to
/// be. Reads the part's weights only if the corpus keeps features of its name.
/// @param part  a network's; nullptr: it has none
/// @throws Error(BadData) as shard::Corpus::keeps; Error(Usage) if features are required and the
///         corpus keeps none
[[nodiscard]] std::optional<shard::FeatureSpec> kept_features(const FrozenPart* part,
                                                              const shard::Corpus& corpus,
                                                              CachedFeatures choice);

}  // namespace codectrace::model
