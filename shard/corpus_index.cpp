#include "shard/corpus_index.h"

#include <algorithm>
#include <bit>
#include <limits>

#include <fmt/format.h>

#include "core/error.h"
#include "core/random.h"
#include "shard/schema.h"

namespace codectrace::shard {
namespace {

constexpr int kTagShift = 32;
constexpr std::uint64_t kIndexMask = std::numeric_limits<std::uint32_t>::max();

std::uint64_t hash_of(std::string_view id) { return mix64(stable_hash(id)); }

ShardReader open_as_summarized(const std::filesystem::path& folder, const ShardSummary& summary) {
  const auto path = folder / summary.file;
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} is missing, {} names it; copy the corpus again, whole",
                            path.string(), (folder / schema::kCorpusFile).string()));
  }
  const auto size = std::filesystem::file_size(path);
  if (size != summary.size_bytes) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} has {} bytes, was written with {}; run \"codectrace shard verify "
                            "{}\"",
                            path.string(), size, summary.size_bytes, folder.string()));
  }
  auto shard = ShardReader::open(path);
  if (shard.size() != summary.utterances || shard.total_samples() != summary.samples) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} has {} utterances and {} samples, {} says {} and {}", path.string(),
                            shard.size(), shard.total_samples(), schema::kCorpusFile,
                            summary.utterances, summary.samples));
  }
  return shard;
}

}  // namespace

CorpusIndex::CorpusIndex(const std::filesystem::path& folder,
                         std::span<const ShardSummary> shards) {
  shards_.reserve(shards.size());
  for (const auto& summary : shards) {
    shards_.push_back(open_as_summarized(folder, summary));
    first_.push_back(first_.back() + summary.utterances);
  }
  build_table();
}

void CorpusIndex::check_agreement(const ShardHeader& header,
                                  const std::vector<ColumnSpec>& columns) const {
  for (const auto& shard : shards_) {
    if (shard.header() != header || shard.columns() != columns) {
      throw Error(
          ErrorKind::BadData,
          fmt::format("{} was made with another {} than the corpus it is in", shard.path().string(),
                      shard.header() != header ? "configuration" : "set of columns"));
    }
    if (shard.feature_specs() != shards_.front().feature_specs()) {
      throw Error(ErrorKind::BadData,
                  fmt::format("{} has other features than {}: copied from another corpus?",
                              shard.path().string(), shards_.front().path().string()));
    }
  }
}

void CorpusIndex::build_table() {
  if (size() >= kIndexMask) {
    throw Error(ErrorKind::BadData, fmt::format("{} utterances in one corpus, at most {} can be",
                                                size(), kIndexMask - 1));
  }
  table_.assign(std::bit_ceil(size() + size() / 3 + 1), 0);
  std::uint64_t index = 0;
  for (const auto& shard : shards_) {
    for (std::uint64_t position = 0; position < shard.size(); ++position, ++index) {
      const std::uint64_t hash = hash_of(shard.id(position));
      auto& slot = table_[slot_of(shard.id(position), hash)];
      if (slot != 0) {
        const auto [other, at] = place((slot & kIndexMask) - 1);
        throw Error(ErrorKind::BadData,
                    fmt::format("utterance {} is twice in the corpus: {} number {} and {} number "
                                "{}",
                                shard.id(position), shards_[other].path().string(), at,
                                shard.path().string(), position));
      }
      slot = (hash >> kTagShift << kTagShift) | (index + 1);
    }
  }
}

std::size_t CorpusIndex::slot_of(std::string_view id, std::uint64_t hash) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash & mask;
  while (table_[slot] != 0) {
    const bool same_tag = table_[slot] >> kTagShift == hash >> kTagShift;
    if (same_tag && this->id((table_[slot] & kIndexMask) - 1) == id) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::optional<std::uint64_t> CorpusIndex::find(std::string_view id) const {
  const std::uint64_t entry = table_[slot_of(id, hash_of(id))];
  if (entry == 0) return std::nullopt;
  return (entry & kIndexMask) - 1;
}

std::pair<std::size_t, std::uint64_t> CorpusIndex::place(std::uint64_t index) const {
  CT_INVARIANT(index < size(), fmt::format("utterance {} of {}", index, size()));
  const auto after = std::ranges::upper_bound(first_, index);
  const auto shard = static_cast<std::size_t>(after - first_.begin() - 1);
  return {shard, index - first_[shard]};
}

std::string_view CorpusIndex::id(std::uint64_t index) const {
  const auto [shard, position] = place(index);
  return shards_[shard].id(position);
}

}  // namespace codectrace::shard
