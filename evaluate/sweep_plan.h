#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config.h"
#include "evaluate/config.h"

namespace codectrace::evaluate {

/// A sweep's file: every checkpoint on every list.
struct SweepConfig {
  std::string out;
  std::vector<std::string> checkpoints;
  std::vector<std::string> protocols;
  std::vector<std::string> corpora;
  std::vector<std::string> datasets;
  std::string baseline;
  int groups = 0;
  EvaluateConfig evaluate;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("out", self.out, config::any(), "folder of the results: CHECKPOINT/LIST in it");
    visit("checkpoints", self.checkpoints, config::any(), "as evaluate takes them");
    visit("protocols", self.protocols, config::any(), "protocol lists");
    visit("corpora", self.corpora, config::any(), "a corpus a list, or one for all");
    visit("datasets", self.datasets, config::any(),
          "cors, cosg or list: one a list, or one for all");
    visit("baseline", self.baseline, config::any(),
          "checkpoint that the others are tested against; empty: all pairs are");
    visit("groups", self.groups, config::at_least(0),
          "of ranks, each at an evaluation of its own; 0: one a machine");
    visit("evaluate", self.evaluate, "everything else, as evaluate's file has it");
  }
};

/// The evaluations, those of the longest lists first.
/// @throws Error(Usage): a key lacks, numbers don't fit, two would have one folder;
///         Error(BadData): a list can't be read
[[nodiscard]] std::vector<EvaluateConfig> items_of(const SweepConfig& sweep);

/// Writes out/sweep.json, from which `codectrace status` knows how many evaluations there are.
void write_sweep_plan(const SweepConfig& sweep, const std::vector<EvaluateConfig>& items);

/// Evaluations of one checkpoint on lists of one corpus: run_lists scores their utterances once.
struct SweepPass {
  std::string name;  ///< for the log: "m1 on CoRS_ALL, CoRS_seen"
  std::vector<EvaluateConfig> lists;
  std::filesystem::path scores;  ///< where they are kept meanwhile
};

/// The same evaluations by what they share, passes of the most utterances first: what ends last is
/// then short. @throws as items_of
[[nodiscard]] std::vector<SweepPass> passes_of(const SweepConfig& sweep);

}  // namespace codectrace::evaluate
