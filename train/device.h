#pragma once

#include <torch/torch.h>

#include "comm/communicator.h"
#include "model/device_choice.h"

namespace codectrace::train {

/// Where this rank computes: auto takes the GPU of its number on this machine if there is one and
/// the ranks can reduce GPU memory.
/// @throws Error(Environment) if cuda is asked for and there is none for this rank; Error(Usage) if
///         the communicator of several ranks isn't nccl
[[nodiscard]] torch::Device choose_device(model::DeviceChoice choice,
                                          const comm::Communicator& comm);

/// From now on GPU kernels are chosen that give the same bits each time; of an operation that has
/// none LibTorch warns. A CPU's are so anyway, for the same number of threads.
void take_deterministic_kernels();

}  // namespace codectrace::train
