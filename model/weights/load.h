#pragma once

#include <string>
#include <vector>

#include "model/network.h"
#include "model/weights/safetensors.h"

namespace codectrace::model {

/// Parameters and buffers by their state_dict names, in registration order; views, not copies.
[[nodiscard]] std::vector<NamedTensor> state_of(const torch::nn::Module& module);

/// Copies `weights` into `module`, converting types.
/// @param source  names them in messages
/// @throws Error(BadData) listing by name what is missing, unexpected or of another shape; then
/// nothing is
///         changed
void load_state(torch::nn::Module& module, const std::vector<NamedTensor>& weights,
                const std::string& source);

}  // namespace codectrace::model
