#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace codectrace::shard {

/// Bytes in the order they came, in blocks: growing never copies. Blocks are kept for the next
/// spool: fresh memory costs more than filling it.
class Spool {
 public:
  using Block = std::vector<std::byte>;

  Spool() = default;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();

  void append(std::span<const std::byte> bytes);
  [[nodiscard]] std::span<const Block> blocks() const { return blocks_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::vector<Block> blocks_;
  std::uint64_t size_ = 0;
};

}  // namespace codectrace::shard
