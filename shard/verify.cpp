#include "shard/verify.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"
#include "shard/corpus_file.h"
#include "shard/reader.h"
#include "shard/schema.h"

namespace codectrace::shard {
namespace {

namespace fs = std::filesystem;

/// An error's text without what the damage says by itself, and what verifying has done already.
std::string bare(std::string what, const fs::path& file) {
  if (const auto prefix = file.string() + ": "; what.starts_with(prefix)) {
    what.erase(0, prefix.size());
  }
  return what.substr(0, what.rfind(kVerifyHint));
}

/// What `check` finds wrong with the data becomes a damage; a disk that fails goes on up.
bool note(std::vector<Damage>& damages, const fs::path& file, Damage where,
          const std::function<void()>& check) {
  try {
    check();
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::Environment) throw;
    where.what = bare(error.what(), file);
    damages.push_back(std::move(where));
    return false;
  }
}

void check_feature(const ShardReader& shard, const Feature& feature, const std::string& file,
                   std::vector<Damage>& damages) {
  std::vector<Half> values(feature.spec.width());
  const auto dataset = fmt::format("/{}/{}", schema::kFeatureGroup, feature.spec.name);
  for (std::uint64_t i = 0; i < shard.size(); ++i) {
    note(damages, shard.path(), {file, dataset, std::string(shard.id(i)), {}},
         [&] { shard.read_feature(feature, i, values); });
  }
}

/// All CRCs within a shard.
void check_contents(const ShardReader& shard, const std::string& file,
                    std::vector<Damage>& damages) {
  std::vector<float> samples;
  for (std::uint64_t i = 0; i < shard.size(); ++i) {
    note(damages, shard.path(), {file, std::string(schema::kSamples), std::string(shard.id(i)), {}},
         [&] { shard.read(i, samples); });
  }
  for (const auto& column : shard.columns()) {
    note(damages, shard.path(),
         {file, fmt::format("/{}/{}", schema::kUtteranceGroup, column.name), {}, {}},
         [&] { (void)shard.read_column(column.name); });
  }
  for (const auto& feature : shard.features()) check_feature(shard, feature, file, damages);
}

void check_against(const ShardSummary& summary, const ShardHeader& header,
                   const std::vector<ColumnSpec>& columns, const ShardReader& shard) {
  const auto expect = [](bool holds, std::string_view what) {
    if (!holds) {
      throw Error(ErrorKind::BadData,
                  fmt::format("{} other than {} says", what, schema::kCorpusFile));
    }
  };
  expect(shard.size() == summary.utterances, "number of utterances");
  expect(shard.total_samples() == summary.samples, "number of samples");
  expect(shard.header() == header, "header");
  expect(shard.columns() == columns, "columns");
}

void check_bytes(const fs::path& path, const ShardSummary& summary) {
  const auto size = fs::file_size(path);
  if (size != summary.size_bytes) {
    throw Error(ErrorKind::BadData,
                fmt::format("has {} bytes, was written with {}", size, summary.size_bytes));
  }
  if (const auto crc = crc32c_of_file(path); crc != summary.crc32c) {
    throw Error(
        ErrorKind::BadData,
        fmt::format("the file has CRC-32C {:08x}, was written with {:08x}", crc, summary.crc32c));
  }
}

/// @param corpus  nullptr: nothing is known of the shard but itself
void verify_shard(const fs::path& path, const CorpusFile* corpus, const ShardSummary* summary,
                  Verification& result) {
  const std::string file = path.filename().string();
  ++result.shards;
  if (!fs::is_regular_file(path)) {
    result.damages.push_back({file, {}, {}, "is missing"});
    return;
  }
  result.bytes += fs::file_size(path);
  const Damage whole{file, {}, {}, {}};
  if (summary != nullptr) note(result.damages, path, whole, [&] { check_bytes(path, *summary); });
  note(result.damages, path, whole, [&] {
    const auto shard = ShardReader::open(path);
    result.utterances += shard.size();
    check_contents(shard, file, result.damages);
    if (summary != nullptr) check_against(*summary, corpus->header, corpus->columns, shard);
  });
}

std::vector<fs::path> shards_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".h5") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

Verification verify_corpus(const fs::path& folder) {
  Verification result;
  CorpusFile corpus;
  const auto path = folder / schema::kCorpusFile;
  if (fs::is_regular_file(path)) result.bytes += fs::file_size(path);
  const bool is_there = fs::exists(path);
  if (!is_there) (void)read_corpus_file(folder);  // throws: unfinished
  const bool is_sound = note(result.damages, path, {std::string(schema::kCorpusFile), {}, {}, {}},
                             [&] { corpus = read_corpus_file(folder); });
  if (is_sound) {
    for (const auto& shard : corpus.shards) {
      verify_shard(folder / shard.file, &corpus, &shard, result);
    }
  } else {
    for (const auto& shard : shards_in(folder)) verify_shard(shard, nullptr, nullptr, result);
  }
  return result;
}

}  // namespace

Verification verify(const fs::path& path) {
  if (fs::is_directory(path)) return verify_corpus(path);
  if (!fs::exists(path)) {
    throw Error(ErrorKind::BadData, fmt::format("{} doesn't exist", path.string()));
  }
  Verification result;
  verify_shard(path, nullptr, nullptr, result);
  return result;
}

void write_quarantine_list(const fs::path& path, const std::vector<Damage>& damages) {
  std::string text;
  for (const auto& [file, dataset, utterance, what] : damages) {
    text += fmt::format("{}\t{}\t{}\t{}\n", file, dataset, utterance, what);
  }
  write_file_atomically(path, text);
}

}  // namespace codectrace::shard
