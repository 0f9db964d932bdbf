#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audio/decode.h"
#include "audio/resample.h"
#include "preprocess/config.h"
#include "preprocess/input_policy.h"
#include "preprocess/output_folder.h"
#include "preprocess/spot_check.h"
#include "preprocess/work_list.h"
#include "shard/writer.h"

namespace codectrace::preprocess {

/// A shard in memory, and what was met on the way.
struct MadeShard {
  shard::ShardWriter writer;
  Tally tally;
  std::vector<FileMark> marks;
};

/// Makes shards, one after the other: decode, check, resample. Keeps decoders and buffers. Writing
/// is left to the caller, who can do it while the next one is made.
class ShardMaker {
 public:
  /// @param config_hash  goes into each shard
  /// The list and the config live as long as this.
  ShardMaker(const Config& config, const WorkList& work, std::string config_hash);

  /// Makes shard `number`, which holds utterances number · shard.utterances onwards.
  /// @param on_utterance  called after each one; false stops
  /// @returns nullopt if it was stopped
  /// @throws Error(BadData) where the policy says fail; Error(Environment) on I/O
  std::optional<MadeShard> make(std::uint64_t number, const std::filesystem::path& path,
                                const std::function<bool()>& on_utterance);

 private:
  void add(std::size_t index, InputPolicy& policy, Tally& tally, shard::ShardWriter& writer);
  [[nodiscard]] bool decode(std::size_t index, InputPolicy& policy);
  [[nodiscard]] bool is_acceptable(std::string_view id, InputPolicy& policy);
  [[nodiscard]] bool resample(std::string_view id, InputPolicy& policy);

  const Config& config_;
  const WorkList& work_;
  shard::ShardHeader header_;
  audio::Decoder decoder_;
  audio::Audio audio_;
  std::map<std::uint32_t, audio::Resampler> resamplers_;  // by source rate
  std::vector<float> resampled_;
};

/// Shards that so many utterances make.
[[nodiscard]] std::uint64_t num_shards(const Config& config, std::size_t utterances);

}  // namespace codectrace::preprocess
