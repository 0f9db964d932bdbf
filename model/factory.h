#pragma once

#include <memory>
#include <vector>

#include "model/model_config.h"
#include "model/network.h"

namespace codectrace::model {

/// A network with fresh weights, drawn from LibTorch's default generator.
/// @param taxonomy  the classes of every task, in the model's output order; those it answers are
/// taken
/// @throws Error(Usage) where config keys don't fit each other, or the taxonomy lacks a task it
/// answers
[[nodiscard]] std::shared_ptr<Network> make_network(const ModelConfig& config,
                                                    const std::vector<Head>& taxonomy);

}  // namespace codectrace::model
