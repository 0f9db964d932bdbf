#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/score_table.h"
#include "evaluate/subsets.h"

namespace codectrace::evaluate {

/// Inverse of the standard normal distribution: the scale of a DET curve's axes.
/// @param p  in (0, 1)
[[nodiscard]] double probit(double p);

// Each plot is an SVG element; nullopt if gnuplot isn't installed, or there is nothing to draw.

/// False acceptance against false rejection on normal deviate scales, a curve for each subset.
[[nodiscard]] std::optional<std::string> det_plot(const ScoreTable& table,
                                                  const std::vector<Subset>& subsets);

/// Bona fide accepted against false acceptance, a curve for each subset.
[[nodiscard]] std::optional<std::string> roc_plot(const ScoreTable& table,
                                                  const std::vector<Subset>& subsets);

/// Histogram of the log odds of bona fide and of spoof utterances.
[[nodiscard]] std::optional<std::string> score_plot(const ScoreTable& table);

/// A bar with its interval.
struct Bar {
  std::string name;
  double value = 0;  ///< fractions
  double low = 0;
  double high = 0;
  bool few_examples = false;
};

/// Bars one below the other, in the order given, in per cent.
[[nodiscard]] std::optional<std::string> bar_plot(const std::vector<Bar>& bars,
                                                  const std::string& axis);

}  // namespace codectrace::evaluate
