#include "shard/inspect.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "shard/corpus.h"
#include "shard/reader.h"

namespace codectrace::shard {
namespace {

void count(const Column& column, ColumnCounts& counts) {
  for (const std::int32_t code : column.codes) {
    ++(code == kUnknownCode ? counts.unknown : counts.utterances[static_cast<std::size_t>(code)]);
  }
}

/// Of an empty set; add() does the rest.
Contents contents_for(const ShardHeader& header, const std::vector<ColumnSpec>& columns) {
  Contents contents;
  contents.header = header;
  contents.shortest = std::numeric_limits<std::uint64_t>::max();
  for (const auto& spec : columns) {
    contents.columns.push_back({spec, std::vector<std::uint64_t>(spec.categories.size()), 0});
  }
  return contents;
}

void add(const ShardReader& shard, Contents& contents) {
  ++contents.shards;
  contents.utterances += shard.size();
  contents.samples += shard.total_samples();
  contents.size_bytes += shard.file_size_bytes();
  for (std::uint64_t i = 0; i < shard.size(); ++i) {
    contents.shortest = std::min(contents.shortest, shard.samples(i));
    contents.longest = std::max(contents.longest, shard.samples(i));
  }
  for (auto& counts : contents.columns) count(shard.read_column(counts.spec.name), counts);
  contents.features.clear();
  for (const auto& feature : shard.features()) {
    contents.features.push_back(fmt::format("{} [{}]: {}", feature.spec.name,
                                            fmt::join(feature.spec.shape, ", "),
                                            feature.spec.made_by));
  }
}

}  // namespace

Contents inspect(const std::filesystem::path& path) {
  Contents contents;
  if (std::filesystem::is_directory(path)) {
    const auto corpus = Corpus::open(path);
    contents = contents_for(corpus.header(), corpus.columns());
    for (std::size_t i = 0; i < corpus.shards().size(); ++i) add(corpus.shard(i), contents);
  } else {
    const auto shard = ShardReader::open(path);
    contents = contents_for(shard.header(), shard.columns());
    add(shard, contents);
  }
  if (contents.utterances == 0) contents.shortest = 0;
  return contents;
}

}  // namespace codectrace::shard
