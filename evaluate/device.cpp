#include "evaluate/device.h"

#include "core/error.h"

namespace codectrace::evaluate {

torch::Device choose_device(DeviceChoice choice, const comm::Communicator& comm) {
  const auto gpus = torch::cuda::device_count();
  if (choice == DeviceChoice::Cpu || (choice == DeviceChoice::Auto && gpus == 0))
    return torch::kCPU;
  if (gpus == 0) {
    throw Error(ErrorKind::Environment, "device = cuda, but this machine shows no GPU");
  }
  return {torch::kCUDA,
          static_cast<torch::DeviceIndex>(comm.local_rank() % static_cast<int>(gpus))};
}

}  // namespace codectrace::evaluate
