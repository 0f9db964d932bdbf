#pragma once

#include <filesystem>
#include <functional>

#include "model/network.h"
#include "shard/feature.h"
#include "shard/reader.h"

namespace codectrace::preprocess {

/// What a network's frozen part makes. @throws Error(Usage) if it has none
[[nodiscard]] shard::FeatureSpec feature_of(model::Network& network);

/// Writes `shard` anew at `path`, with the features of the network's frozen part.
/// @param go_on  called after each batch with its utterances; false stops
/// @returns false if stopped; then nothing is written
/// @throws Error as add_features
bool write_with_features(const shard::ShardReader& shard, const std::filesystem::path& path,
                         model::Network& network, const std::function<bool(std::uint64_t)>& go_on);

}  // namespace codectrace::preprocess
