#include "metrics/detection_curve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "metrics/radix_sort.h"
#include "metrics/score_key.h"

namespace codectrace::metrics {
namespace {

void reject_nan(std::span<const double> scores, std::string_view class_name) {
  const auto nan = std::ranges::find_if(scores, [](double score) { return std::isnan(score); });
  if (nan == scores.end()) return;
  throw Error(ErrorKind::BadData, fmt::format("{} score {} of {} is not a number (NaN)", class_name,
                                              nan - scores.begin(), scores.size()));
}

using Steps = std::vector<std::uint32_t>;

struct NumberedScore {
  double score = 0;
  std::uint32_t number = 0;  // of bona fide first, then of spoof
};

std::vector<NumberedScore> sorted(std::span<const double> bonafide, std::span<const double> spoof) {
  const auto total = bonafide.size() + spoof.size();
  CT_INVARIANT(total <= std::numeric_limits<std::uint32_t>::max(),
               "scores are numbered in 32 bits");
  std::vector<NumberedScore> scores;
  scores.reserve(total);
  for (const auto& side : {bonafide, spoof}) {
    for (const double score : side) {
      scores.push_back({score, static_cast<std::uint32_t>(scores.size())});
    }
  }
  radix_sort(scores, [](const NumberedScore& numbered) { return score_key(numbered.score); });
  return scores;
}

}  // namespace

DetectionCurve detection_curve(std::span<const double> bonafide, std::span<const double> spoof) {
  return placed_scores(bonafide, spoof).curve;
}

PlacedScores placed_scores(std::span<const double> bonafide, std::span<const double> spoof) {
  reject_nan(bonafide, "bona fide");
  reject_nan(spoof, "spoof");
  const auto scores = sorted(bonafide, spoof);
  PlacedScores placed{{}, Steps(bonafide.size()), Steps(spoof.size())};
  auto& [steps, num_bonafide, num_spoof] = placed.curve;
  num_bonafide = std::ssize(bonafide);
  num_spoof = std::ssize(spoof);
  for (const auto& [score, number] : scores) {
    if (steps.empty() || steps.back().score != score) steps.push_back({score});
    const auto at = static_cast<std::uint32_t>(steps.size() - 1);
    if (number < bonafide.size()) {
      ++steps.back().bonafide;
      placed.bonafide[number] = at;
    } else {
      ++steps.back().spoof;
      placed.spoof[number - bonafide.size()] = at;
    }
  }
  return placed;
}

void require_both_classes(const DetectionCurve& curve) {
  if (curve.num_bonafide > 0 && curve.num_spoof > 0) return;
  throw Error(ErrorKind::BadData, curve.num_bonafide == 0 ? "no bona fide" : "no spoof");
}

std::vector<ErrorRates> error_rates(const DetectionCurve& curve) {
  require_both_classes(curve);
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  std::vector<ErrorRates> rates{{0, 1}};
  rates.reserve(curve.steps.size() + 1);
  std::int64_t rejected = 0;
  std::int64_t accepted = curve.num_spoof;
  for (const auto& step : curve.steps) {
    rejected += step.bonafide;
    accepted -= step.spoof;
    rates.push_back({share(rejected, curve.num_bonafide), share(accepted, curve.num_spoof)});
  }
  return rates;
}

}  // namespace codectrace::metrics
