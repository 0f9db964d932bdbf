#include "preprocess/features/staging.h"

#include <algorithm>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/leftovers.h"
#include "shard/reader.h"

namespace codectrace::preprocess {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "unfinished-features";

}  // namespace

Staging::Staging(fs::path corpus, shard::FeatureSpec feature)
    : folder_(std::move(corpus)),
      feature_(std::move(feature)),
      corpus_(shard::read_corpus_file(folder_)) {}

void Staging::tidy() const {
  remove_leftovers(folder_);
  remove_leftovers(folder_ / kFolder);
}

void Staging::make() const { make_folders(folder_ / kFolder); }

void Staging::remove() const { fs::remove_all(folder_ / kFolder); }

fs::path Staging::shard_path(std::uint64_t number) const {
  return folder_ / corpus_.shards[number].file;
}

fs::path Staging::staged_path(std::uint64_t number) const {
  return folder_ / kFolder / corpus_.shards[number].file;
}

/// A staged shard of an earlier version of the corpus, or of another network, isn't one.
bool Staging::has_feature(const fs::path& shard, std::uint64_t number) const {
  if (!fs::exists(shard)) return false;
  try {
    const auto reader = shard::ShardReader::open(shard);
    const auto& summary = corpus_.shards[number];
    const auto* feature = reader.feature(feature_.name);
    return feature != nullptr && feature->spec == feature_ && reader.header() == corpus_.header &&
           reader.size() == summary.utterances && reader.total_samples() == summary.samples;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::BadData) throw;
    return false;
  }
}

std::vector<std::uint64_t> Staging::missing() const {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t n = 0; n < size(); ++n) {
    if (!has_feature(shard_path(n), n) && !has_feature(staged_path(n), n)) numbers.push_back(n);
  }
  return numbers;
}

bool Staging::is_finished() const {
  for (std::uint64_t n = 0; n < size(); ++n) {
    if (!has_feature(shard_path(n), n) ||
        fs::file_size(shard_path(n)) != corpus_.shards[n].size_bytes) {
      return false;
    }
  }
  return true;
}

void Staging::finish() const {
  std::vector<shard::ShardSummary> shards;
  for (std::uint64_t n = 0; n < size(); ++n) {
    // Read through before any of the corpus's own goes.
    shards.push_back(
        shard::summarize_shard(has_feature(staged_path(n), n) ? staged_path(n) : shard_path(n)));
  }
  for (std::uint64_t n = 0; n < size(); ++n) {
    if (has_feature(staged_path(n), n)) fs::rename(staged_path(n), shard_path(n));
  }
  fsync_path(folder_);
  shard::finish_corpus(folder_, shards);
  remove();
}

}  // namespace codectrace::preprocess
