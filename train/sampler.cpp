#include "train/sampler.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "core/error.h"
#include "core/random.h"

namespace codectrace::train {
namespace {

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Part `index` of `parts` of a range, sizes differing by at most one.
Range part_of(Range range, std::uint64_t index, std::uint64_t parts) {
  const std::uint64_t size = range.end - range.begin;
  return {range.begin + size * index / parts, range.begin + size * (index + 1) / parts};
}

/// A balanced Feistel network: a bijection of the 2 · half_bits wide numbers, whatever the round
/// function is (Luby and Rackoff, 1988).
std::uint64_t feistel(std::uint64_t value, unsigned half_bits, const CounterRandom& random) {
  constexpr std::uint64_t kRounds = 8;
  const std::uint64_t mask = (std::uint64_t{1} << half_bits) - 1;
  std::uint64_t left = value >> half_bits;
  std::uint64_t right = value & mask;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const std::uint64_t next = left ^ (random.bits((round << 32) | right) & mask);
    left = right;
    right = next;
  }
  return (left << half_bits) | right;
}

/// The class's entry for turn `turn` of `turns` that it has in epoch `epoch`.
std::uint64_t entry_of_class(const Sampling& sampling, std::uint64_t which, std::uint64_t epoch,
                             std::uint64_t turn, std::uint64_t turns) {
  const auto& entries = sampling.classes[which];
  const std::uint64_t draw = epoch * turns + turn;
  const std::uint64_t pass = draw / entries.size();
  const std::uint64_t order = pass * sampling.classes.size() + which;  // of its own
  return entries[shuffled(draw % entries.size(), entries.size(), sampling.seed, order)];
}

/// Entry at place `position` of an epoch.
std::uint64_t entry_at(const Sampling& sampling, std::uint64_t epoch, std::uint64_t position) {
  const auto place = shuffled(position, sampling.entries, sampling.seed, epoch);
  if (sampling.classes.empty()) return place;
  const std::uint64_t classes = sampling.classes.size();
  const std::uint64_t which = place % classes;
  const std::uint64_t turns =
      sampling.entries / classes + (which < sampling.entries % classes ? 1 : 0);
  return entry_of_class(sampling, which, epoch, place / classes, turns);
}

}  // namespace

std::uint64_t steps_per_epoch(const Sampling& sampling) {
  const std::uint64_t whole = sampling.entries / sampling.batch_size;
  const bool rest = sampling.entries % sampling.batch_size != 0;
  return sampling.last_batch == LastBatch::Pad && rest ? whole + 1 : whole;
}

std::uint64_t shuffled(std::uint64_t position, std::uint64_t entries, std::uint64_t seed,
                       std::uint64_t epoch) {
  CT_INVARIANT(position < entries, fmt::format("position {} of {}", position, entries));
  const CounterRandom random(seed, "shuffle", epoch, entries);
  const auto bits = static_cast<unsigned>(std::bit_width(entries - 1));
  const unsigned half_bits = std::max(1U, (bits + 1) / 2);
  // Walking the bijection's cycle until it is back inside gives a bijection of the smaller set.
  std::uint64_t value = position;
  do {
    value = feistel(value, half_bits, random);
  } while (value >= entries);
  return value;
}

std::vector<Draw> draw_share(const Sampling& sampling, std::uint64_t step, const Share& share) {
  const std::uint64_t steps = steps_per_epoch(sampling);
  CT_INVARIANT(steps > 0, "an epoch without a step");
  const std::uint64_t epoch = step / steps;
  const std::uint64_t first = step % steps * sampling.batch_size;
  const Range micro =
      part_of({first, first + sampling.batch_size}, share.micro, sampling.micro_batches);
  const Range mine = part_of(micro, share.rank, share.ranks);

  std::vector<Draw> draws;
  draws.reserve(mine.end - mine.begin);
  for (std::uint64_t position = mine.begin; position < mine.end; ++position) {
    draws.push_back(
        {entry_at(sampling, epoch, position % sampling.entries), position < sampling.entries});
  }
  return draws;
}

}  // namespace codectrace::train
