#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "evaluate/figures.h"

namespace codectrace::evaluate {

inline constexpr std::string_view kComparisonSchema = "codectrace.comparison/1";
inline constexpr double kSignificant = 0.05;  ///< of p-values after Holm's correction

struct CompareOptions {
  /// Results directories: they alone are compared with each other of their lists; none: all pairs
  /// are.
  std::vector<std::filesystem::path> baselines;
  std::filesystem::path published;  ///< table of published figures; empty: none
  metrics::BootstrapOptions bootstrap;
};

/// Results of evaluations side by side: each item's headline figures with their intervals, of
/// shuffled tokens too where a result has them (evaluate/token_order.h); between items of one list,
/// task by task, the difference of EERs by paired bootstrap and McNemar's test of the answers,
/// p-values after Holm's correction over all of them; what the papers have for this model and list;
/// per list and task a ranking that says from which place on an item differs significantly from the
/// best one.
/// @param folders  results directories; an item's name is as much of its folder's path as
///                 tells all apart
/// @throws Error(BadData) as read_results and ScoreTable::from_tsv, or if two results of one list
///         have other utterances; Error(Usage) if fewer than two folders are given, or a baseline
///         isn't one of them
[[nodiscard]] Json compare(const std::vector<std::filesystem::path>& folders,
                           const CompareOptions& options);

}  // namespace codectrace::evaluate
