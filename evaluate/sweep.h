#pragma once

#include <string>
#include <vector>

#include "comm/communicator.h"
#include "core/error.h"
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
    visit("evaluate", self.evaluate, "everything else, as evaluate's file has it");
  }
};

/// The evaluations, those of the most utterances first: what ends last is then short.
/// @throws Error(Usage): a key lacks, numbers don't fit, two would have one folder;
///         Error(BadData): a list can't be read
[[nodiscard]] std::vector<EvaluateConfig> items_of(const SweepConfig& sweep);

/// Runs them one after the other, each on all ranks, then compares (evaluate/comparison.h): prints
/// the comparison, and writes comparison.json, .csv and .txt into `out`. What is finished is
/// recognised, so the same command goes on.
///
/// Collective. @returns Interrupted if a stop was requested. @throws Error as items_of and run
[[nodiscard]] ExitCode run_sweep(const SweepConfig& sweep, comm::Communicator& comm);

}  // namespace codectrace::evaluate
