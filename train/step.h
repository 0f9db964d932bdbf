#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "comm/communicator.h"
#include "model/network.h"
#include "train/config.h"
#include "train/gradient_buckets.h"
#include "train/loader.h"
#include "train/loss.h"
#include "train/optimizer.h"

namespace codectrace::train {

struct StepOptions {
  std::uint64_t seed = 0;  ///< of dropout
  double clip_norm = 0;    ///< 0: no clipping
  OnBadLoss on_bad_loss = OnBadLoss::Stop;
  model::Precision precision = model::Precision::Fp32;
  torch::Device device = torch::kCPU;
  GradientBuckets::Sizes buckets = {};
  Compression compression = Compression::None;
};

/// Seconds of one step. On a GPU, where work is queued, only their sum is exact.
struct StepTimes {
  double forward_s = 0;
  double backward_s = 0;
  /// Waited for sums over ranks: batch norm's, then gradients; 0 for one rank.
  double communication_s = 0;
  /// Gradients were under way while this rank computed; 0 on a GPU, where that isn't known.
  double hidden_communication_s = 0;
  double optimizer_s = 0;
};

/// What all ranks know after a step, the same on each.
struct StepReport {
  double loss = 0;              ///< of the global batch
  std::vector<double> by_term;  ///< likewise, before the weighting of the loss's terms
  double gradient_norm = 0;     ///< before clipping; 0 without clipping
  std::string skipped;          ///< why the weights are as before; empty: they aren't
  StepTimes times;              ///< this rank's
};

/// The parameters that are trained, under their names: the network's, then the loss's ("loss.v"),
/// which begin with kLossPrefix.
[[nodiscard]] std::vector<model::NamedTensor> trained_parameters(const model::Network& network,
                                                                 const WeightedLoss& loss);

/// One global step: forward and backward of each micro-batch, gradients summed over ranks beside
/// the last backward, clipped, one update of the weights.
///
/// N ranks on a global batch do what one does on it: the loss is normalised by the weights of the
/// whole batch, so that gradients add up, and batch norm has the statistics of all ranks'
/// micro-batch. (Dropout differs: each rank draws its own.) What networks hide of an utterance
/// comes from its own seed.
class TrainingStep {
 public:
  /// References live as long as this. Lets the network's batch norm sum over ranks if there are
  /// any.
  TrainingStep(model::Network& network, WeightedLoss loss, Optimizer& optimizer,
               comm::Communicator& comm, const StepOptions& options);
  TrainingStep(const TrainingStep&) = delete;
  TrainingStep& operator=(const TrainingStep&) = delete;
  ~TrainingStep();

  /// Collective.
  /// @param step           global step from 0; with seed and rank it decides dropout
  /// @param micro_batches  this rank's part of each; equally many on every rank
  /// @param name_of        corpus index → utterance, for messages
  /// If the loss or the gradients aren't finite, the weights stay as they are on all ranks, and the
  /// ranks and utterances are named: in the report with OnBadLoss::Skip, where batch norm's
  /// statistics are as before too, else as an error.
  /// @throws Error(BadData) on all ranks, see above
  StepReport run(std::uint64_t step, double lr_factor, std::span<const Batch> micro_batches,
                 const std::function<std::string(std::uint64_t)>& name_of);

 private:
  [[nodiscard]] torch::Tensor global_weight_sums(std::span<const Batch> micro_batches);
  [[nodiscard]] model::Output forward(const Batch& batch);
  /// Collective: gradients become those of the global batch.
  /// @returns this rank's part of the batch's losses, [1 + K] float64 on the CPU: total, by term
  [[nodiscard]] torch::Tensor make_gradients(std::span<const Batch> micro_batches,
                                             StepTimes& times);
  /// Collective: what isn't finite, and with what utterances.
  [[nodiscard]] std::string what_is_not_finite(
      bool mine_finite, std::span<const Batch> micro_batches,
      const std::function<std::string(std::uint64_t)>& name_of);

  model::Network& network_;
  WeightedLoss loss_;
  Optimizer& optimizer_;
  comm::Communicator& comm_;
  StepOptions options_;
  GradientBuckets buckets_;
  /// For batch norm's sums, since they were last taken.
  struct NormWaits {
    double all_s = 0;
    double queued_s = 0;  ///< of it, before their turn came
  };
  NormWaits norm_waits_;
};

}  // namespace codectrace::train
