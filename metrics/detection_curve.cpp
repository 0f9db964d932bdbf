#include "metrics/detection_curve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::metrics {
namespace {

void reject_nan(std::span<const double> scores, std::string_view class_name) {
  const auto nan = std::ranges::find_if(scores, [](double score) { return std::isnan(score); });
  if (nan == scores.end()) return;
  throw Error(ErrorKind::BadData, fmt::format("{} score {} of {} is not a number (NaN)", class_name,
                                              nan - scores.begin(), scores.size()));
}

}  // namespace

DetectionCurve detection_curve(std::span<const double> bonafide, std::span<const double> spoof) {
  reject_nan(bonafide, "bona fide");
  reject_nan(spoof, "spoof");
  std::vector<std::pair<double, bool>> scores;  // and whether it is bona fide
  scores.reserve(bonafide.size() + spoof.size());
  for (const double score : bonafide) scores.emplace_back(score, true);
  for (const double score : spoof) scores.emplace_back(score, false);
  std::ranges::sort(scores, {}, &std::pair<double, bool>::first);

  DetectionCurve curve;
  curve.num_bonafide = std::ssize(bonafide);
  curve.num_spoof = std::ssize(spoof);
  for (const auto& [score, is_bonafide] : scores) {
    if (curve.steps.empty() || curve.steps.back().score != score) curve.steps.push_back({score});
    auto& step = curve.steps.back();
    ++(is_bonafide ? step.bonafide : step.spoof);
  }
  return curve;
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
