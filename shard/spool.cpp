#include "shard/spool.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace codectrace::shard {
namespace {

using Block = Spool::Block;
constexpr std::size_t kBlockBytes = 4 << 20;

/// Blocks that shards before this one are done with.
class SpareBlocks {
 public:
  Block take() {
    const std::lock_guard lock(mutex_);
    Block block;
    if (!spare_.empty()) {
      block = std::move(spare_.back());
      spare_.pop_back();
    }
    block.reserve(kBlockBytes);
    return block;
  }
  void give(Block block) {
    block.clear();
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(block));
  }

 private:
  std::mutex mutex_;
  std::vector<Block> spare_;
};

SpareBlocks& spare_blocks() {
  static SpareBlocks blocks;
  return blocks;
}

}  // namespace

Spool::~Spool() {
  for (auto& block : blocks_) spare_blocks().give(std::move(block));
}

void Spool::append(std::span<const std::byte> bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (blocks_.empty() || blocks_.back().size() == kBlockBytes) {
      blocks_.push_back(spare_blocks().take());
    }
    auto& block = blocks_.back();
    const std::size_t count = std::min(bytes.size(), kBlockBytes - block.size());
    block.insert(block.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
  }
}

}  // namespace codectrace::shard
