#include "shard/batch_reader.h"

#include <mutex>
#include <unordered_set>
#include <utility>

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
};

UtteranceReader::UtteranceReader(const Corpus& corpus, ReadOptions options)
    : impl_(std::make_unique<Impl>(corpus, options)) {}

UtteranceReader::~UtteranceReader() = default;

bool UtteranceReader::read(std::uint64_t index, std::vector<float>& samples) const {
  if (impl_->options.on_bad_data == OnBadData::Skip && impl_->is_quarantined(index)) return false;
  const auto [shard, position] = impl_->corpus.place(index);
  try {
    impl_->corpus.shard(shard).read(position, samples, impl_->options.check_crc);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::BadData || impl_->options.on_bad_data == OnBadData::Fail) throw;
    impl_->quarantine(index, error);
    return false;
  }
}

std::uint64_t UtteranceReader::skipped() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->quarantined.size();
}

}  // namespace codectrace::shard
