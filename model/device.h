#pragma once

#include <torch/torch.h>

#include "model/device_choice.h"

namespace codectrace::model {

/// Where a network computes that shares nothing with other ranks' ones: auto takes a GPU for each
/// rank of a machine, in turn, and the CPU where there is none.
/// @param local_rank  this rank's number on its machine
/// @throws Error(Environment) if cuda is asked for and there is none
[[nodiscard]] torch::Device device_of_rank(DeviceChoice choice, int local_rank);

}  // namespace codectrace::model
