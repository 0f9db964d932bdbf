#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "comm/communicator.h"
#include "evaluate/config.h"
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
  /// What a bootstrap draws; speakers where all are known, and each class has several.
  BootstrapClusters clusters = BootstrapClusters::None;
};

/// Figures of a table whose rows are spread over ranks: task objects of results.json, the same for
/// any number of ranks. Ids rise from rank to rank.
///
/// Rows are this rank's, in byte order of their ids, as the bootstrap defines it; a rank may have
/// none. Every member is collective.
/// @throws Error(Usage): intervals by speaker of more utterances than are drawn one by one
class Figures {
 public:
  /// All live as long as the figures are computed.
  Figures(const ScoreTable& table, const FigureOptions& options, comm::Communicator& comm);

  /// Everything about bona fide against spoof over some utterances. What needs both classes and
  /// lacks one is null, with a reason.
  /// @pre table.detects()
  [[nodiscard]] Json detection(std::span<const std::size_t> rows) const;

  /// The same for a task of several classes. Utterances of unknown class are left out and counted.
  [[nodiscard]] Json classification(std::size_t task, std::span<const std::size_t> rows) const;

 private:
  class Answers;
  /// What detection takes of an utterance. Each part goes through these again, so they lie together
  /// rather than among the table's wide rows.
  struct Detected {
    double probability = 0;
    double log_odds = 0;
    double reference = 0;
    protocol::Label label = protocol::Label::Spoof;
  };
  void add_thresholdless(Json& task, std::span<const std::size_t> rows, bool by_speaker) const;
  /// Whether a bootstrap of these rows draws speakers. @param strata  one a row
  [[nodiscard]] bool draws_speakers(std::span<const std::size_t> rows,
                                    std::span<const std::uint32_t> strata,
                                    std::size_t num_strata) const;

  const ScoreTable& table_;
  const FigureOptions& options_;
  comm::Communicator& comm_;
  std::vector<Detected> detected_;       // of each row, if the model detects
  std::vector<std::uint32_t> speakers_;  // number of each row's, in byte order; 0: not known
};

}  // namespace codectrace::evaluate
