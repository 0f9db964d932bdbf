#pragma once

#include <torch/torch.h>

#include "comm/communicator.h"

namespace codectrace::train {

/// A tensor's memory for a collective. @param tensor  contiguous in memory, kept alive by the
/// caller
[[nodiscard]] comm::Buffer tensor_buffer(const torch::Tensor& tensor);

}  // namespace codectrace::train
