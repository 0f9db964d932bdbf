#include "metrics/crossing.h"

#include <cmath>

namespace codectrace::metrics {
namespace {

using Wide = __int128;

/// How many steps of a size bring a negative value to zero or above.
std::int64_t steps_up(Wide negative, std::int64_t size) {
  return static_cast<std::int64_t>((-negative + size - 1) / size);
}

/// A point of the reference's path: so many of the tie's bona fide, then spoof.
struct Point {
  std::int64_t bonafide = 0;
  std::int64_t spoof = 0;
};

struct Rates {
  double frr = 0;
  double far = 0;
  [[nodiscard]] double gap() const { return std::abs(frr - far); }
};

/// Quotients of integers, never 1 - x: the last bit decides between equal gaps.
Rates rates_at(const Crossing& crossing, const Point& point) {
  const auto missed = crossing.bonafide_below + point.bonafide;
  const auto accepted = crossing.num_spoof - crossing.spoof_below - point.spoof;
  return {static_cast<double>(missed) / static_cast<double>(crossing.num_bonafide),
          static_cast<double>(accepted) / static_cast<double>(crossing.num_spoof)};
}

}  // namespace

EqualErrorRate eer_at(const Crossing& crossing) {
  const auto& step = crossing.step;
  const Wide before = rate_difference(crossing.bonafide_below, crossing.spoof_below,
                                      crossing.num_bonafide, crossing.num_spoof);
  const Wide after =
      before + Wide{crossing.num_spoof} * step.bonafide + Wide{crossing.num_bonafide} * step.spoof;
  const auto a = static_cast<double>(-before);
  const auto b = static_cast<double>(after);
  const double within = a / (a + b) * static_cast<double>(step.bonafide);
  return {(static_cast<double>(crossing.bonafide_below) + within) /
              static_cast<double>(crossing.num_bonafide),
          step.score};
}

EqualErrorRate eer_reference_at(const Crossing& crossing,
                                const std::function<double()>& score_before) {
  const auto& step = crossing.step;
  const Wide start = rate_difference(crossing.bonafide_below, crossing.spoof_below,
                                     crossing.num_bonafide, crossing.num_spoof);
  const Wide after_bonafide = start + Wide{crossing.num_spoof} * step.bonafide;
  Point first;  // with D >= 0
  Point before;
  if (after_bonafide >= 0) {
    first.bonafide = steps_up(start, crossing.num_spoof);
    before.bonafide = first.bonafide - 1;
  } else {
    first = {step.bonafide, steps_up(after_bonafide, crossing.num_bonafide)};
    before = {step.bonafide, first.spoof - 1};
  }
  const auto at_first = rates_at(crossing, first);
  const auto at_before = rates_at(crossing, before);
  if (at_before.gap() > at_first.gap()) return {(at_first.frr + at_first.far) / 2, step.score};
  const bool inside = before.bonafide + before.spoof > 0;
  return {(at_before.frr + at_before.far) / 2, inside ? step.score : score_before()};
}

}  // namespace codectrace::metrics
