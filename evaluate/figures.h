#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include "evaluate/score_table.h"
#include "metrics/bootstrap.h"

namespace codectrace::evaluate {

/// Results keep their keys in the order they are written.
using Json = nlohmann::ordered_json;

/// Below this many of a class a figure is marked: its interval says little.
inline constexpr std::int64_t kFewExamples = 30;

struct FigureOptions {
  metrics::BootstrapOptions bootstrap;
  /// P(bona fide) that the scores were trained to: log-likelihood ratio = log odds - its logit.
  double training_prior = 0.5;
  /// Of `eer`, its interval and its threshold. The reference's is taken on what its own score file
  /// holds.
  metrics::EerRule eer_rule = metrics::EerRule::TieCorrect;
};

/// Everything about bona fide against spoof over some utterances: a task object of results.json.
/// What needs both classes and lacks one is null, with a reason.
/// @param rows  in byte order of their ids, as the bootstrap defines it
/// @pre table.detects()
[[nodiscard]] Json detection_figures(const ScoreTable& table, std::span<const std::size_t> rows,
                                     const FigureOptions& options);

/// The same for a task of several classes. Utterances of unknown class are left out and counted.
[[nodiscard]] Json classification_figures(const ScoreTable& table, std::size_t task,
                                          std::span<const std::size_t> rows,
                                          const FigureOptions& options);

}  // namespace codectrace::evaluate
