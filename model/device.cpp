#include "model/device.h"

#include "core/error.h"

namespace codectrace::model {

torch::Device device_of_rank(DeviceChoice choice, int local_rank) {
  const auto gpus = torch::cuda::device_count();
  if (choice == DeviceChoice::Cpu || (choice == DeviceChoice::Auto && gpus == 0))
    return torch::kCPU;
  if (gpus == 0) {
    throw Error(ErrorKind::Environment, "device = cuda, but this machine shows no GPU");
  }
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(local_rank % static_cast<int>(gpus))};
}

}  // namespace codectrace::model
