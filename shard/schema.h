#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

/// Names and version of the format; FORMAT.md describes it. The only place that spells them.
namespace codectrace::shard::schema {

static_assert(std::endian::native == std::endian::little,
              "datasets are little-endian and read without conversion");

// Attributes of the root group.
inline constexpr std::string_view kMagicAttribute = "magic";
inline constexpr std::string_view kVersionAttribute = "version";
inline constexpr std::string_view kSampleRateAttribute = "sample_rate_hz";
inline constexpr std::string_view kCountAttribute = "count";
inline constexpr std::string_view kWriterAttribute = "writer";
inline constexpr std::string_view kConfigHashAttribute = "config_hash";

inline constexpr std::string_view kMagic = "codectrace.shard";
inline constexpr std::uint32_t kVersion = 1;

inline constexpr std::string_view kAudioGroup = "audio";
inline constexpr std::string_view kSamples = "/audio/samples";
inline constexpr std::string_view kOffsets = "/audio/offsets";
inline constexpr std::string_view kSampleCrcs = "/audio/crc32c";

inline constexpr std::string_view kUtteranceGroup = "utterance";
inline constexpr std::string_view kIdBytes = "/utterance/id";
inline constexpr std::string_view kIdOffsets = "/utterance/id_offsets";

inline constexpr std::string_view kFeatureGroup = "features";
inline constexpr std::string_view kFeatureCrcGroup = "features_crc32c";

// Attributes of datasets.
inline constexpr std::string_view kCrcAttribute = "crc32c";  // all but samples and features
inline constexpr std::string_view kCategoriesAttribute = "categories";  // columns
inline constexpr std::string_view kMadeByAttribute = "made_by";         // features
inline constexpr std::string_view kMadeByHashAttribute = "made_by_hash";

// The corpus.
inline constexpr std::string_view kCorpusFile = "corpus.json";
inline constexpr std::string_view kCorpusSchema = "codectrace.corpus";
inline constexpr std::uint32_t kCorpusVersion = 1;

}  // namespace codectrace::shard::schema
