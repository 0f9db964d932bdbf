#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/loss.h"
#include "train/step.h"
#include "train/tensorboard.h"

namespace codectrace::train {

/// What the steps since the last line of the log add up to: one rank's share of a run's curves.
class StepWindow {
 public:
  void add(const StepReport& report, double waited_for_data_s, double whole_step_s);

  /// loss, loss_BIN …, weight_BIN … if they are trained, lr, utterances_per_s, seconds a step by
  /// what they went on, the share of the time spent waiting for data and of communication hidden
  /// behind backward, memory, and skipped_steps if there were any; then empty. Losses are those of
  /// the steps that weren't skipped.
  /// @param batch_size  global
  [[nodiscard]] std::vector<Scalar> take(const WeightedLoss& loss, double lr,
                                         std::int64_t batch_size);

  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  void add_losses(const StepReport& report);

  std::uint64_t skipped_ = 0;  // of the steps
  std::uint64_t steps_ = 0;
  double loss_ = 0;
  std::vector<double> by_term_;
  double gradient_norm_ = 0;
  double data_s_ = 0;
  double whole_s_ = 0;
  StepTimes times_;
};

}  // namespace codectrace::train
