#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/config.h"

namespace codectrace::train {

enum class LastBatch { Drop, Pad };
inline constexpr auto enum_names(LastBatch) {
  return std::array<config::EnumName<LastBatch>, 2>{
      {{LastBatch::Drop, "drop"}, {LastBatch::Pad, "pad"}}};
}

/// What decides the order of the data: nothing else does, the number of ranks least of all.
struct Sampling {
  std::uint64_t entries = 0;     ///< of the training list; > 0
  std::uint64_t batch_size = 1;  ///< global: over all ranks and micro-batches
  std::uint64_t micro_batches = 1;
  std::uint64_t seed = 0;
  LastBatch last_batch = LastBatch::Drop;
  /// Entries by class, none empty: classes take turns, each goes through its entries again and
  /// again in ever new orders. Empty: an epoch has every entry once.
  std::vector<std::vector<std::uint64_t>> classes;
};

/// One place in a batch.
struct Draw {
  std::uint64_t entry = 0;  ///< index into the training list
  bool counts = true;       ///< false: pads the epoch's last batch, its loss weighs nothing

  bool operator==(const Draw&) const = default;
};

/// Whose part of a batch: micro-batch `micro` of a step, on `rank` of `ranks`.
struct Share {
  std::uint64_t micro = 0;
  std::uint64_t rank = 0;
  std::uint64_t ranks = 1;
};

[[nodiscard]] std::uint64_t steps_per_epoch(const Sampling& sampling);

/// A rank's part of micro-batch `share.micro` of global step `step` (from 0, over all epochs).
///
/// A pure function. Each epoch is a permutation of the list, or of turns of the classes; a step
/// takes the next batch_size of it; micro-batches, and in them ranks, get contiguous parts whose
/// sizes differ by at most one, so the micro-batches (and what batch norm sees) are the same for
/// any number of ranks.
[[nodiscard]] std::vector<Draw> draw_share(const Sampling& sampling, std::uint64_t step,
                                           const Share& share);

/// Entry at `position` of epoch `epoch`: a bijection of {0, …, entries − 1}, without a table.
[[nodiscard]] std::uint64_t shuffled(std::uint64_t position, std::uint64_t entries,
                                     std::uint64_t seed, std::uint64_t epoch);

}  // namespace codectrace::train
