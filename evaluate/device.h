#pragma once

#include <torch/torch.h>

#include "comm/communicator.h"
#include "evaluate/config.h"

namespace codectrace::evaluate {

/// Where this rank computes: auto takes a GPU for each rank of a machine, in turn, and the CPU
/// where there is none. @throws Error(Environment) if cuda is asked for and there is none
[[nodiscard]] torch::Device choose_device(DeviceChoice choice, const comm::Communicator& comm);

}  // namespace codectrace::evaluate
