#include "shard/corpus.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "shard/corpus_file.h"
#include "shard/corpus_index.h"

namespace codectrace::shard {

struct Corpus::Index {
  CorpusIndex table;
};

Corpus Corpus::open(const std::filesystem::path& folder) {
  auto file = read_corpus_file(folder);
  auto index = std::make_shared<Index>(Index{CorpusIndex(folder, file.shards)});
  index->table.check_agreement(file.header, file.columns);

  Corpus corpus;
  corpus.folder_ = folder;
  corpus.shards_ = std::move(file.shards);
  corpus.size_ = index->table.size();
  corpus.header_ = std::move(file.header);
  corpus.columns_ = std::move(file.columns);
  if (!corpus.shards_.empty()) corpus.features_ = index->table.shard(0).feature_specs();
  corpus.checksum_ = file.checksum;
  corpus.index_ = std::move(index);
  return corpus;
}

std::optional<std::uint64_t> Corpus::find(std::string_view id) const {
  return index_->table.find(id);
}

std::vector<std::uint64_t> Corpus::find_all(std::span<const std::string> ids,
                                            std::string_view list_name) const {
  constexpr std::size_t kShown = 5;
  std::vector<std::uint64_t> found;
  found.reserve(ids.size());
  std::vector<std::string_view> missing;  // the first few
  for (const auto& id : ids) {
    if (const auto index = find(id)) {
      found.push_back(*index);
    } else if (missing.size() < kShown) {
      missing.push_back(id);
    }
  }
  if (const std::size_t lacking = ids.size() - found.size(); lacking > 0) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} of {} utterances of {} aren't in the corpus {}: {}{}; if the list "
                            "belongs to it, run codectrace preprocess on all of its audio",
                            lacking, ids.size(), list_name, folder_.string(),
                            fmt::join(missing, ", "), lacking > kShown ? ", …" : ""));
  }
  return found;
}

bool Corpus::keeps(const FeatureSpec& wanted) const {
  const auto kept = std::ranges::find(features_, wanted.name, &FeatureSpec::name);
  if (kept == features_.end()) return false;
  if (*kept == wanted) return true;
  throw Error(ErrorKind::BadData,
              fmt::format("{} keeps features {} [{}] made by \"{}\", but the network's are [{}] "
                          "made by \"{}\"; make them anew with codectrace preprocess features, "
                          "or compute them every time with cached_features = \"never\", in train "
                          "data.cached_features",
                          folder_.string(), wanted.name, fmt::join(kept->shape, ", "),
                          kept->made_by, fmt::join(wanted.shape, ", "), wanted.made_by));
}

std::uint64_t Corpus::samples(std::uint64_t index) const {
  const auto [shard, position] = index_->table.place(index);
  return index_->table.shard(shard).samples(position);
}

std::string Corpus::id(std::uint64_t index) const { return std::string(index_->table.id(index)); }

Corpus::Place Corpus::place(std::uint64_t index) const {
  const auto [shard, position] = index_->table.place(index);
  return {shard, position};
}

const ShardReader& Corpus::shard(std::size_t number) const { return index_->table.shard(number); }

Column Corpus::read_column(std::string_view name) const {
  const auto spec = std::ranges::find(columns_, name, &ColumnSpec::name);
  if (spec == columns_.end()) {
    std::vector<std::string_view> names;
    for (const auto& column : columns_) names.push_back(column.name);
    throw Error(ErrorKind::Usage, fmt::format("the corpus {} has no column {}, it has: {}",
                                              folder_.string(), name, fmt::join(names, ", ")));
  }
  Column column{*spec, {}};
  column.codes.reserve(size_);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const auto part = shard(i).read_column(name);
    column.codes.insert(column.codes.end(), part.codes.begin(), part.codes.end());
  }
  return column;
}

}  // namespace codectrace::shard
