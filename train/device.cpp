#include "train/device.h"

#include <cstdlib>

#include <ATen/Context.h>
#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::train {

torch::Device choose_device(model::DeviceChoice choice, const comm::Communicator& comm) {
  using model::DeviceChoice;
  const bool can_reduce = comm.size() == 1 || comm.name() == "nccl";
  const bool enough = static_cast<int>(torch::cuda::device_count()) > comm.local_rank();
  if (choice == DeviceChoice::Cpu || (choice == DeviceChoice::Auto && !(can_reduce && enough))) {
    return torch::kCPU;
  }
  if (!enough) {
    throw Error(ErrorKind::Environment,
                fmt::format("train.device is cuda, but this machine's rank {} finds {} GPUs",
                            comm.local_rank(), torch::cuda::device_count()));
  }
  if (!can_reduce) {
    throw Error(ErrorKind::Usage, "train.device is cuda: several ranks need the nccl communicator");
  }
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(comm.local_rank())};
}

void take_deterministic_kernels() {
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);  // cuBLAS reads it when it starts
  auto& context = at::globalContext();
  context.setDeterministicAlgorithms(true, /*warn_only=*/true);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
}

}  // namespace codectrace::train
