#include "shard/corpus_file.h"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"
#include "shard/corpus_index.h"
#include "shard/schema.h"

namespace codectrace::shard {
namespace {

using Json = nlohmann::ordered_json;

// The file ends in its own checksum, computed with zeros in place of the eight digits.
constexpr std::string_view kTrailBegin = ",\n  \"checksum\": \"crc32c:";
constexpr std::string_view kZeros = "00000000";
constexpr std::string_view kTrailEnd = "\"\n}\n";

std::uint32_t crc_of_text(std::string_view text) { return crc32c(std::as_bytes(std::span(text))); }

/// @throws Error(BadData) unless the text ends in the checksum of itself
std::uint32_t checked_crc(const std::string& text) {
  const std::size_t trail = kTrailBegin.size() + kZeros.size() + kTrailEnd.size();
  const std::size_t begin = text.size() < trail ? 0 : text.size() - trail;
  const std::size_t digits = begin + kTrailBegin.size();
  if (text.size() < trail || !std::string_view(text).substr(begin).starts_with(kTrailBegin) ||
      !text.ends_with(kTrailEnd)) {
    throw Error(
        ErrorKind::BadData,
        "doesn't end in its checksum: cut short or edited; copy the corpus again, or make it anew");
  }
  std::string zeroed = text;
  zeroed.replace(digits, kZeros.size(), kZeros);
  const std::uint32_t found = crc_of_text(zeroed);
  if (const auto written = text.substr(digits, kZeros.size()); written != crc_text(found)) {
    throw Error(ErrorKind::BadData, fmt::format("has CRC-32C {}, was written with {}: corrupt or "
                                                "edited; copy the corpus again, or make it anew",
                                                crc_text(found), written));
  }
  return found;
}

Json to_json(const CorpusFile& corpus) {
  Json columns = Json::array();
  for (const auto& [name, categories] : corpus.columns) {
    columns.push_back({{"name", name}, {"categories", categories}});
  }
  Json shards = Json::array();
  for (const auto& shard : corpus.shards) {
    shards.push_back({{"file", shard.file},
                      {"utterances", shard.utterances},
                      {"samples", shard.samples},
                      {"size_bytes", shard.size_bytes},
                      {"crc32c", crc_text(shard.crc32c)}});
  }
  return {{"schema", schema::kCorpusSchema},
          {"version", schema::kCorpusVersion},
          {"writer", corpus.header.writer},
          {"config_hash", corpus.header.config_hash},
          {"sample_rate_hz", corpus.header.sample_rate_hz},
          {"sample_format", name_of(corpus.header.sample_format)},
          {"utterances", corpus.utterances()},
          {"samples", corpus.samples()},
          {"columns", std::move(columns)},
          {"shards", std::move(shards)}};
}

std::string text_of(const CorpusFile& corpus) {
  constexpr int kIndent = 2;
  std::string text = to_json(corpus).dump(kIndent);
  text.erase(text.size() - std::string_view("\n}").size());
  text += fmt::format("{}{}{}", kTrailBegin, kZeros, kTrailEnd);
  const std::string digits = crc_text(crc_of_text(text));
  return text.replace(text.size() - kTrailEnd.size() - kZeros.size(), kZeros.size(), digits);
}

/// As text_of made it: what is missing or of another type is nlohmann's exception.
CorpusFile from_json(const Json& json) {
  CorpusFile corpus;
  corpus.header.writer = json.at("writer");
  corpus.header.config_hash = json.at("config_hash");
  corpus.header.sample_rate_hz = json.at("sample_rate_hz");
  const std::string format = json.at("sample_format");
  corpus.header.sample_format =
      format == name_of(SampleFormat::Int16) ? SampleFormat::Int16 : SampleFormat::Float32;
  for (const auto& column : json.at("columns")) {
    corpus.columns.push_back({column.at("name"), column.at("categories")});
  }
  for (const auto& shard : json.at("shards")) {
    const std::string crc = shard.at("crc32c");
    constexpr int kHex = 16;
    corpus.shards.push_back({shard.at("file"), shard.at("utterances"), shard.at("samples"),
                             shard.at("size_bytes"),
                             static_cast<std::uint32_t>(std::stoul(crc, nullptr, kHex))});
  }
  return corpus;
}

CorpusFile parse(const std::string& text) {
  const std::uint32_t checksum = checked_crc(text);
  const Json json = Json::parse(text);
  if (json.at("schema") != schema::kCorpusSchema) {
    throw Error(ErrorKind::BadData, fmt::format("has schema {}, expected \"{}\"",
                                                json.at("schema").dump(), schema::kCorpusSchema));
  }
  if (const std::uint32_t version = json.at("version"); version > schema::kCorpusVersion) {
    throw Error(ErrorKind::BadData,
                fmt::format("has version {}, this program reads up to {}; use a newer codectrace",
                            version, schema::kCorpusVersion));
  }
  CorpusFile corpus = from_json(json);
  corpus.checksum = checksum;
  return corpus;
}

}  // namespace

std::uint64_t CorpusFile::utterances() const {
  std::uint64_t sum = 0;
  for (const auto& shard : shards) sum += shard.utterances;
  return sum;
}

std::uint64_t CorpusFile::samples() const {
  std::uint64_t sum = 0;
  for (const auto& shard : shards) sum += shard.samples;
  return sum;
}

CorpusFile read_corpus_file(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw Error(ErrorKind::BadData, fmt::format("{} isn't a corpus folder", folder.string()));
  }
  const auto path = folder / schema::kCorpusFile;
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} has no {}: not a corpus, or one that isn't finished; run the same "
                            "\"codectrace preprocess\" again to finish it",
                            folder.string(), schema::kCorpusFile));
  }
  try {
    return parse(read_file(path));
  } catch (const Error& error) {
    throw error.within(path.string());
  } catch (const std::exception& error) {  // nlohmann's own, or std::stoul's
    throw Error(ErrorKind::BadData, fmt::format("{}: {}", path.string(), error.what()));
  }
}

void finish_corpus(const std::filesystem::path& folder, std::span<const ShardSummary> shards) {
  CorpusFile corpus;
  corpus.shards.assign(shards.begin(), shards.end());
  const CorpusIndex index(folder, corpus.shards);
  if (index.num_shards() > 0) {
    corpus.header = index.shard(0).header();
    corpus.columns = index.shard(0).columns();
  }
  index.check_agreement(corpus.header, corpus.columns);
  write_file_atomically(folder / schema::kCorpusFile, text_of(corpus));
}

}  // namespace codectrace::shard
