#include "comm/nccl.h"

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "comm/self.h"
#include "tests/support/expect_error.h"

namespace codectrace::comm {
namespace {

TEST(NcclCommunicator, AddsDeviceMemory) {
  if (cuda_device_count() == 0) GTEST_SKIP() << "no GPU on this machine";
  const auto comm = make_nccl_communicator(std::make_unique<SelfCommunicator>());
  std::vector<float> values{1.0F, 2.0F, 3.0F};
  void* device = nullptr;
  ASSERT_EQ(cudaMalloc(&device, values.size() * sizeof(float)), cudaSuccess);
  ASSERT_EQ(
      cudaMemcpy(device, values.data(), values.size() * sizeof(float), cudaMemcpyHostToDevice),
      cudaSuccess);

  comm->all_reduce({device, values.size(), DataType::Float32, Device::Cuda}, Reduce::Sum).wait();

  std::vector<float> result(values.size());
  ASSERT_EQ(
      cudaMemcpy(result.data(), device, values.size() * sizeof(float), cudaMemcpyDeviceToHost),
      cudaSuccess);
  EXPECT_EQ(result, values);
  cudaFree(device);
}

}  // namespace
}  // namespace codectrace::comm
