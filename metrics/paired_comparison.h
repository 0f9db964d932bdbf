#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/bootstrap.h"
#include "metrics/detection_cost.h"
#include "metrics/eer.h"

namespace codectrace::metrics {

/// Two systems' scores of the same utterances of one class: a[i] and b[i] are one utterance's, in
/// byte order of ids.
struct PairedScores {
  std::span<const double> a;
  std::span<const double> b;
};

/// a - b of a figure, and how sure it is.
struct Difference {
  double a = 0;
  double b = 0;
  double difference = 0;
  Interval interval;  ///< 95 %, of the difference
  double p = 1;       ///< two-sided, by the share of resamplings on either side of no difference
};

/// Paired bootstrap of the EER: the same utterances are drawn for both systems, as eer_interval()
/// draws them. p = 2 (1 + min(#Δ <= 0, #Δ >= 0)) / (R + 1), at most 1.
/// @throws Error(BadData) on a NaN, if a class is empty, or if a and b differ in number
[[nodiscard]] Difference paired_eer(const PairedScores& bonafide, const PairedScores& spoof,
                                    const BootstrapOptions& options = {},
                                    EerRule rule = EerRule::TieCorrect);

/// Utterances that only one of two systems gets right.
struct Discordant {
  std::int64_t a_right_b_wrong = 0;
  std::int64_t a_wrong_b_right = 0;
};

/// @param a_right, b_right  one an utterance, in the same order
/// @throws Error(BadData) if they differ in number
[[nodiscard]] Discordant discordant(std::span<const bool> a_right, std::span<const bool> b_right);

/// McNemar's test, exact and two-sided: min(1, 2 P[Bin(b + c, 1/2) <= min(b, c)]); 1 if no
/// utterance tells the systems apart.
[[nodiscard]] double mcnemar(const Discordant& counts);

/// Holm's correction of a family of p-values: adjusted(i) = max over j <= i of
/// min(1, (m - j + 1) p(j)), p rising. In the order given.
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

}  // namespace codectrace::metrics
