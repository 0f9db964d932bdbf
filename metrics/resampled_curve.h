#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metrics/detection_curve.h"
#include "metrics/drawn_units.h"

namespace codectrace::metrics {

/// Which cluster each score's utterance is of, as DrawnUnits takes them.
struct ScoreClusters {
  std::span<const std::uint32_t> bonafide;
  std::span<const std::uint32_t> spoof;
};

/// The curve of bootstrap replicates, in place: its steps stay, their counts change.
class ResampledCurve {
 public:
  /// @param scores  placed in byte order of their utterances' ids
  /// @throws Error(BadData) if a class is empty
  explicit ResampledCurve(PlacedScores scores, const ScoreClusters& clusters = {});

  /// Utterances, or clusters of them, drawn with replacement within each class. Valid until the
  /// next call.
  const DetectionCurve& draw(std::uint64_t seed, std::uint64_t replicate);

 private:
  /// What is drawn of a class, and which step each score is.
  struct Side {
    DrawnUnits units;
    std::vector<std::uint32_t> steps;
  };
  /// @returns how many scores came
  std::int64_t draw_class(std::uint64_t key, const Side& side, std::int64_t ScoreStep::*count);

  DetectionCurve curve_;
  Side bonafide_;
  Side spoof_;
  std::vector<std::uint32_t> counts_;  // of a class by step; narrow, so that they stay in cache
};

}  // namespace codectrace::metrics
