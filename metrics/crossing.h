#pragma once

#include <cstdint>
#include <functional>

#include "metrics/detection_curve.h"
#include "metrics/eer.h"

namespace codectrace::metrics {

/// The distinct score at which false rejection overtakes false acceptance: all that either rule of
/// the equal error rate needs to know.
///
/// With D = n_n n_t (FRR - FAR), an integer that rises strictly, D < 0 before the step, D >= 0
/// after it.
struct Crossing {
  std::int64_t bonafide_below = 0;  ///< scores below the step's
  std::int64_t spoof_below = 0;
  ScoreStep step;
  std::int64_t num_bonafide = 0;
  std::int64_t num_spoof = 0;
};

/// D after so many of each class have been rejected.
[[nodiscard]] constexpr __int128 rate_difference(std::int64_t bonafide, std::int64_t spoof,
                                                 std::int64_t num_bonafide,
                                                 std::int64_t num_spoof) {
  return static_cast<__int128>(num_spoof) * bonafide -
         static_cast<__int128>(num_bonafide) * (num_spoof - spoof);
}

/// By EerRule::TieCorrect.
[[nodiscard]] EqualErrorRate eer_at(const Crossing& crossing);

/// By EerRule::Reference. Within a tie its path takes all bona fide, then all spoof; the nearest
/// rates are at the first point with D >= 0 or at the one before. Holds below 2^50 scores, where
/// neighbouring differences are further apart than rounding.
/// @param score_before  the next lower distinct score; asked for only if it is the threshold
[[nodiscard]] EqualErrorRate eer_reference_at(const Crossing& crossing,
                                              const std::function<double()>& score_before);

}  // namespace codectrace::metrics
