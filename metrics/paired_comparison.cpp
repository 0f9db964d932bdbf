#include "metrics/paired_comparison.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "metrics/resampled_curve.h"

namespace codectrace::metrics {
namespace {

void require_pairs(std::size_t a, std::size_t b, const char* what) {
  if (a == b) return;
  throw Error(ErrorKind::BadData, fmt::format("two systems to be compared have {} and {} {}: they "
                                              "must have scored the same utterances",
                                              a, b, what));
}

/// @param values  of the resamplings; left sorted
double two_sided_p(const std::vector<double>& values) {
  const auto below = std::ranges::count_if(values, [](double x) { return x <= 0; });
  const auto above = std::ranges::count_if(values, [](double x) { return x >= 0; });
  const auto p = 2 * static_cast<double>(1 + std::min(below, above)) /
                 static_cast<double>(std::ssize(values) + 1);
  return std::min(1.0, p);
}

}  // namespace

Difference paired_eer(const PairedScores& bonafide, const PairedScores& spoof,
                      const BootstrapOptions& options, EerRule rule) {
  require_pairs(bonafide.a.size(), bonafide.b.size(), "bona fide");
  require_pairs(spoof.a.size(), spoof.b.size(), "spoof");
  Difference result;
  auto scores_a = placed_scores(bonafide.a, spoof.a);
  auto scores_b = placed_scores(bonafide.b, spoof.b);
  result.a = eer(scores_a.curve, rule).eer;
  result.b = eer(scores_b.curve, rule).eer;
  result.difference = result.a - result.b;
  ResampledCurve of_a(std::move(scores_a));
  ResampledCurve of_b(std::move(scores_b));
  std::vector<double> differences;
  for (int r = 0; r < options.replicates; ++r) {
    const auto replicate = static_cast<std::uint64_t>(r);
    differences.push_back(eer(of_a.draw(options.seed, replicate), rule).eer -
                          eer(of_b.draw(options.seed, replicate), rule).eer);
  }
  result.p = two_sided_p(differences);
  result.interval = interval_of(differences);
  return result;
}

Discordant discordant(std::span<const bool> a_right, std::span<const bool> b_right) {
  require_pairs(a_right.size(), b_right.size(), "answers");
  Discordant counts;
  for (std::size_t i = 0; i < a_right.size(); ++i) {
    if (a_right[i] && !b_right[i]) ++counts.a_right_b_wrong;
    if (!a_right[i] && b_right[i]) ++counts.a_wrong_b_right;
  }
  return counts;
}

double mcnemar(const Discordant& counts) {
  const auto n = counts.a_right_b_wrong + counts.a_wrong_b_right;
  const auto fewer = std::min(counts.a_right_b_wrong, counts.a_wrong_b_right);
  if (n == 0) return 1;
  const auto log_factorial = [](std::int64_t k) { return std::lgamma(static_cast<double>(k) + 1); };
  // From the largest term down, so that a large n doesn't underflow before the sum is there.
  double tail = 0;
  for (auto k = fewer; k >= 0; --k) {
    const double log_term = log_factorial(n) - log_factorial(k) - log_factorial(n - k) -
                            static_cast<double>(n) * std::log(2.0);
    const double term = std::exp(log_term);
    tail += term;
    if (term < tail * 1e-18) break;
  }
  return std::min(1.0, 2 * tail);
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t j = 0; j < order.size(); ++j) {
    const auto remaining = static_cast<double>(order.size() - j);
    largest = std::max(largest, std::min(1.0, remaining * p_values[order[j]]));
    adjusted[order[j]] = largest;
  }
  return adjusted;
}

}  // namespace codectrace::metrics
