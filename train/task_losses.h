#pragma once

#include <vector>

#include "model/model_config.h"
#include "model/network.h"
#include "protocol/taxonomy.h"
#include "train/loss.h"

namespace codectrace::train {

/// All tasks of a taxonomy, their classes in the model's output order.
[[nodiscard]] std::vector<model::Head> output_heads(const protocol::Taxonomy& taxonomy,
                                                    const model::ModelConfig& model);

/// Class weights of each of the network's heads: the taxonomy's, or those that the config gives.
/// @throws Error(Usage): a task the model lacks, a number that isn't one, a wrong count
[[nodiscard]] std::vector<TaskLoss> task_losses(const LossConfig& config,
                                                const protocol::Taxonomy& taxonomy,
                                                const model::ModelConfig& model,
                                                const std::vector<model::Head>& heads);

/// The loss of a network: with a term for what it reconstructs, if it does.
/// @throws Error(Usage) as task_losses; loss.task_weights that don't fit
[[nodiscard]] WeightedLoss make_loss(const LossConfig& config, const protocol::Taxonomy& taxonomy,
                                     const model::ModelConfig& model,
                                     const model::Network& network);

}  // namespace codectrace::train
