#pragma once

#include <cstdint>
#include <span>

#include "comm/communicator.h"

namespace codectrace::metrics {

/// The scores that one rank brings; borrowed. Higher means more likely bona fide. A rank may bring
/// none, infinities sort as they should.
template <class Score>
struct RankScores {
  std::span<const Score> bonafide;
  std::span<const Score> spoof;
};

/// How many there are over all ranks.
struct ClassTotals {
  std::int64_t bonafide = 0;
  std::int64_t spoof = 0;
};

/// Collective: counts and checks what all ranks bring.
/// @throws Error(BadData) on all ranks: a NaN (names rank, class and index), or a class that is
///         empty everywhere
template <class Score>
[[nodiscard]] ClassTotals checked_totals(const RankScores<Score>& mine, comm::Communicator& comm);

/// Collective: whether every score of every rank is exactly a float32; then 32-bit keys tell them
/// apart.
[[nodiscard]] bool are_floats(const RankScores<double>& mine, comm::Communicator& comm);

}  // namespace codectrace::metrics
