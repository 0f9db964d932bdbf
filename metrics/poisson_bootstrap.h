#pragma once

#include <cstdint>
#include <vector>

#include "metrics/classification.h"
#include "metrics/detection_curve.h"
#include "metrics/eer.h"

namespace codectrace::metrics {

/// Above so many utterances a bootstrap draws how often each step of the curve, or cell of the
/// confusion matrix, comes, a Poisson number, instead of one utterance after the other: the same
/// but for a class's total, which varies too, and a thousand times faster.
inline constexpr std::int64_t kMostDrawnOneByOne = 1'000'000;
/// A class of fewer is drawn one by one all the same, so that it can't come out empty.
inline constexpr std::int64_t kFewestByPoisson = 1000;

/// A Poisson number, from 128 random bits: by inversion for small means, above 64 by the normal
/// approximation with its skew corrected (Cornish and Fisher).
[[nodiscard]] std::int64_t poisson(double mean, std::uint64_t bits, std::uint64_t more_bits);

/// Resampled EERs. For EerRule::TieCorrect on at most about 4096 pooled steps of equal weight; a
/// tie that weighs more stays by itself. The other rule reads a pooled step as a tie, so it takes
/// all steps.
/// @throws Error(BadData) if a class has no score
[[nodiscard]] std::vector<double> poisson_eers(const DetectionCurve& curve, int replicates,
                                               std::uint64_t seed, EerRule rule);

/// A resampling of a confusion matrix, each true class by itself.
[[nodiscard]] ConfusionMatrix poisson_confusion(const ConfusionMatrix& confusion,
                                                std::uint64_t seed, std::uint64_t replicate);

}  // namespace codectrace::metrics
