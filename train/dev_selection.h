#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "model/kept/feature_reader.h"
#include "model/network.h"
#include "train/config.h"
#include "train/labelled_set.h"
#include "train/loss.h"

namespace codectrace::train {

/// Figures over lists.
struct DevResult {
  double eer = 0;       ///< a fraction; NaN where they have only bona fide or only spoof
  double accuracy = 0;  ///< mean over tasks that have labelled examples; see DevFigures
  double f1 = 0;        ///< weighted by class, mean over the same tasks
  double loss = 0;      ///< as in training, without dropout
  std::vector<double> accuracy_by_task;  ///< by head; NaN where no example is labelled
  std::vector<double> loss_by_term;      ///< before the weighting of terms; likewise
};

[[nodiscard]] double selected(const DevResult& result, SelectionMetric metric);
/// Whether `value` is better than `other`: less for eer and loss, more for the others.
[[nodiscard]] bool is_better(SelectionMetric metric, double value, double other);

/// How the figures are taken.
enum class DevFigures {
  Ours,
  /// The EER by the reference's rule, on probabilities that are rounded to float32; the accuracy
  /// without BIN where there are other tasks.
  Reference
};

struct DevOptions {
  std::int64_t batch_size = 64;
  model::Precision precision = model::Precision::Fp32;
  DevFigures figures = DevFigures::Ours;
  /// RawBoost algorithm applied to each utterance; the reference, by mistake, augments dev too.
  int rawboost = 0;
  std::uint64_t seed = 0;   ///< of the augmentation, and of masks
  std::uint64_t epoch = 0;  ///< of the augmentation
};

/// Lists of one corpus, and what reads it.
struct DevSet {
  const LabelledSet& set;
  /// Without kept features if DevOptions::rawboost changes what the network hears.
  const model::FeatureReader& reader;
};

struct DevResults {
  DevResult joined;               ///< over the utterances of all sets
  std::vector<DevResult> by_set;  ///< as each gives alone
};

/// Scores lists, usually dev, with the network as it is, in evaluation mode, nothing hidden: as
/// evaluation does. What a network reconstructs is learned from a second pass, with the masks of
/// epoch 0 whatever the epoch, so that the loss of two epochs can be compared.
///
/// Collective: each rank scores its part; every rank gets the same result.
/// @param sets  one or more
[[nodiscard]] DevResults score_dev(model::Network& network, WeightedLoss& loss,
                                   std::span<const DevSet> sets, const DevOptions& options,
                                   comm::Communicator& comm);

}  // namespace codectrace::train
