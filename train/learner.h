#pragma once

#include <filesystem>
#include <optional>

#include <torch/torch.h>

#include "comm/communicator.h"
#include "model/saved_model.h"
#include "protocol/taxonomy.h"
#include "train/checkpoint.h"
#include "train/config.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include "train/weight_average.h"

namespace codectrace::train {

/// What a run teaches and keeps in checkpoints: the network, its loss, the optimiser, and the
/// average of the weights if there is one.
class Learner {
 public:
  /// A network of fresh weights and its loss, on the device. The config outlives this.
  /// @throws Error(Usage) if the config asks for what the network lacks
  Learner(const Config& config, const protocol::Taxonomy& taxonomy, torch::Device device);

  /// Collective, once the weights are those to begin with: rank 0's become everyone's, the
  /// optimiser and the average begin there.
  /// @throws Error(Usage) on all ranks, naming one, if networks differ
  void begin(comm::Communicator& comm);

  /// After begin(): goes on from a checkpoint. With compat.reference with its weights alone.
  /// @throws as load_checkpoint
  void load(const std::filesystem::path& checkpoint);
  /// A checkpoint, whose weights are the average where there is one. One rank's.
  void save(const std::filesystem::path& folder, const TrainingState& state);
  /// The name of a weight that isn't finite, if there is one.
  [[nodiscard]] std::optional<std::string> not_finite() const;

  /// After a step's update.
  void update_average(std::uint64_t steps_done);
  /// While it lives, the network has the averaged weights, if there are any.
  [[nodiscard]] WeightAverage::InPlace averaged() {
    return WeightAverage::InPlace(average_ ? &*average_ : nullptr);
  }

  [[nodiscard]] model::Network& network() const { return *model_.network; }
  [[nodiscard]] const WeightedLoss& loss() const { return loss_; }
  [[nodiscard]] Optimizer& optimizer() { return *optimizer_; }

 private:
  const Config& config_;
  model::SavedModel model_;
  WeightedLoss loss_{nullptr};
  std::optional<Optimizer> optimizer_;
  std::optional<WeightAverage> average_;
};

}  // namespace codectrace::train
