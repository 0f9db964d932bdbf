#pragma once

#include <torch/torch.h>

namespace codectrace::train {

/// MiB that this process has had in memory at most, so far.
[[nodiscard]] double peak_memory_mib();
/// MiB that LibTorch has had allocated on this GPU at most, so far.
[[nodiscard]] double peak_gpu_memory_mib(torch::Device gpu);

}  // namespace codectrace::train
