#pragma once

#include <filesystem>
#include <functional>

#include "model/frozen_part.h"
#include "shard/reader.h"

namespace codectrace::preprocess {

/// Writes `shard` anew at `path`, with the features of a network's frozen part.
/// @param go_on  called after each batch with its utterances; false stops
/// @returns false if stopped; then nothing is written
/// @throws Error as add_features
bool write_with_features(const shard::ShardReader& shard, const std::filesystem::path& path,
                         model::FrozenPart& part, const std::function<bool(std::uint64_t)>& go_on);

}  // namespace codectrace::preprocess
