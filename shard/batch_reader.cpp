#include "shard/batch_reader.h"

#include <algorithm>
#include <mutex>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"

namespace codectrace::shard {

struct UtteranceReader::Impl {
  Impl(Corpus read_from, ReadOptions how) : corpus(std::move(read_from)), options(how) {}

  Corpus corpus;
  ReadOptions options;
  mutable std::mutex mutex;  // guards what follows
  mutable std::unordered_set<std::uint64_t> quarantined;

  [[nodiscard]] bool is_quarantined(std::uint64_t index) const {
    const std::lock_guard lock(mutex);
    return quarantined.contains(index);
  }
  void quarantine(std::uint64_t index, const Error& error) const {
    const std::lock_guard lock(mutex);
    if (quarantined.insert(index).second) log::warn("skipped: {}", error.what());
  }

  /// @param read  of a shard at a position. False: corrupt, and the policy is Skip
  template <class Read>
  bool attempt(std::uint64_t index, const Read& read) const {
    if (options.on_bad_data == OnBadData::Skip && is_quarantined(index)) return false;
    const auto [shard, position] = corpus.place(index);
    try {
      read(corpus.shard(shard), position);
      return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::BadData || options.on_bad_data == OnBadData::Fail) throw;
      quarantine(index, error);
      return false;
    }
  }
};

UtteranceReader::UtteranceReader(const Corpus& corpus, ReadOptions options)
    : impl_(std::make_unique<Impl>(corpus, options)) {}

UtteranceReader::~UtteranceReader() = default;

bool UtteranceReader::read(std::uint64_t index, std::vector<float>& samples) const {
  return impl_->attempt(index, [&](const ShardReader& shard, std::uint64_t position) {
    shard.read(position, samples, impl_->options.check_crc);
  });
}

bool UtteranceReader::read_feature(std::uint64_t index, std::string_view name,
                                   std::span<Half> values) const {
  return impl_->attempt(index, [&](const ShardReader& shard, std::uint64_t position) {
    const Feature* feature = shard.feature(name);
    if (feature == nullptr || feature->spec.width() != values.size()) {
      throw Error(ErrorKind::Usage, fmt::format("{} has no feature {} of {} numbers an utterance",
                                                shard.path().string(), name, values.size()));
    }
    shard.read_feature(*feature, position, values, impl_->options.check_crc);
  });
}

std::uint64_t UtteranceReader::skipped() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->quarantined.size();
}

std::vector<std::uint64_t> UtteranceReader::quarantined() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<std::uint64_t> indices(impl_->quarantined.begin(), impl_->quarantined.end());
  std::ranges::sort(indices);
  return indices;
}

void UtteranceReader::quarantine(std::span<const std::uint64_t> indices) const {
  const std::lock_guard lock(impl_->mutex);
  impl_->quarantined.insert(indices.begin(), indices.end());
}

}  // namespace codectrace::shard
