#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/detection_curve.h"

namespace codectrace::metrics {

/// The part of a draw that all draws of a replicate and stratum share; see bootstrap_draw().
[[nodiscard]] std::uint64_t stratum_key(std::uint64_t seed, std::uint64_t replicate,
                                        std::uint64_t stratum);
[[nodiscard]] std::uint64_t draw_below(std::uint64_t key, std::uint64_t draw, std::uint64_t n);

/// The curve of bootstrap replicates, in place: its steps stay, their counts change.
class ResampledCurve {
 public:
  /// @param bonafide, spoof  scores in byte order of their utterances' ids
  /// @throws Error(BadData) on a NaN, or if a class is empty
  ResampledCurve(std::span<const double> bonafide, std::span<const double> spoof);

  /// Utterances drawn with replacement within each class. Valid until the next call.
  const DetectionCurve& draw(std::uint64_t seed, std::uint64_t replicate);

 private:
  void draw_class(std::uint64_t key, const std::vector<std::uint32_t>& steps,
                  std::int64_t ScoreStep::*count);

  DetectionCurve curve_;
  std::vector<std::uint32_t> bonafide_steps_;  // which step each score is
  std::vector<std::uint32_t> spoof_steps_;
};

}  // namespace codectrace::metrics
