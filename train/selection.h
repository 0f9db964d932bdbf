#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "comm/communicator.h"
#include "model/network.h"
#include "train/checkpoint.h"
#include "train/config.h"
#include "train/dev_selection.h"
#include "train/loss.h"
#include "train/material.h"
#include "train/metrics_log.h"

namespace codectrace::train {

/// Has selection.patience come to its end?
[[nodiscard]] bool is_over(const SelectionConfig& config, const TrainingState& state);

/// A run's view of its dev lists: figures go to the curves and the log, and say which checkpoint is
/// the best. Where they lie in several corpora, that is told by all of them joined, and each
/// corpus's figures are reported beside. Watched lists, and with compat.reference the test lists,
/// are reported too; nothing is chosen by them.
class Selection {
 public:
  /// References live as long as this.
  /// @param kept  by corpus of the material: what is read of the network's frozen part; nullopt:
  ///              the network computes it
  Selection(const Config& config, const Material& material, model::Network& network,
            WeightedLoss loss, std::span<const std::optional<shard::FeatureSpec>> kept,
            comm::Communicator& comm);

  /// Collective. Scores the network as it is after state.step steps.
  /// @param state    the best so far becomes this one, if it is better
  /// @param metrics  rank 0's; else nullptr
  /// @returns        whether it is; where not, state counts one more scoring without a better one
  [[nodiscard]] bool score(TrainingState& state, MetricsLog* metrics);

  /// Says which step the test lists would have chosen.
  void summarise() const;

 private:
  [[nodiscard]] bool select_by_dev(TrainingState& state, MetricsLog* metrics);
  void report_on_test(const TrainingState& state, MetricsLog* metrics);
  void report_on_watched(const TrainingState& state, MetricsLog* metrics);
  [[nodiscard]] DevResults scored(std::span<const DevSet> sets, int rawboost,
                                  const TrainingState& state);
  void report(std::string_view kind, const DevResult& result, const TrainingState& state,
              MetricsLog* metrics, std::string_view remark = "");

  const Config& config_;
  const Material& material_;
  model::Network& network_;
  WeightedLoss loss_;
  std::vector<model::FeatureReader> readers_;  // by corpus
  comm::Communicator& comm_;
  std::optional<Best> best_on_test_;  // since this process began
};

}  // namespace codectrace::train
