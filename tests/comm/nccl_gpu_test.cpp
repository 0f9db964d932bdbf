#include "comm/nccl.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <memory>
#include <utility>
#include <vector>

#include "comm/self.h"
#include "tests/support/gpu_test.h"

// One GPU's NCCL; that several ranks add up is the stand-in's to show (nccl_stand_in_mpi_test).
namespace codectrace::comm {
namespace {

Buffer buffer_of(torch::Tensor& values, DataType type) {
  return {values.data_ptr(), static_cast<std::size_t>(values.numel()), type, Device::Cuda};
}

class NcclOnGpu : public test::GpuTest {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (!IsSkipped()) comm_ = make_nccl_communicator(std::make_unique<SelfCommunicator>());
  }

  /// Work of some milliseconds, whose result is `value`: what is queued behind it waits.
  torch::Tensor slowly_made(double value) {
    auto product = torch::eye(4096, torch::device(gpu_));
    const auto unit = torch::eye(4096, torch::device(gpu_));
    for (int i = 0; i < 8; ++i) product = torch::mm(product, unit);
    return product * value;
  }

  std::unique_ptr<Communicator> comm_;
};

TEST_F(NcclOnGpu, TakesEveryTypeAndReduction) {
  const std::vector<std::pair<torch::ScalarType, DataType>> types{
      {torch::kUInt8, DataType::Byte},      {torch::kInt32, DataType::Int32},
      {torch::kInt64, DataType::Int64},     {torch::kFloat32, DataType::Float32},
      {torch::kFloat64, DataType::Float64}, {torch::kBFloat16, DataType::BFloat16}};
  for (const auto& [type, name] : types) {
    for (const auto reduce : {Reduce::Sum, Reduce::Min, Reduce::Max}) {
      auto values = torch::arange(100, torch::device(gpu_)).to(type);
      comm_->all_reduce(buffer_of(values, name), reduce).wait();
      EXPECT_TRUE(values.cpu().equal(torch::arange(100).to(type)));
    }
  }
}

TEST_F(NcclOnGpu, BroadcastsFromTheOnlyRank) {
  auto values = torch::arange(1000, torch::dtype(torch::kFloat32).device(gpu_));

  comm_->broadcast(buffer_of(values, DataType::Float32), 0);

  EXPECT_TRUE(values.cpu().equal(torch::arange(1000, torch::kFloat32)));
}

TEST_F(NcclOnGpu, ReadsWhatWasQueuedBeforeAndIsReadByWhatIsQueuedAfter) {
  for (int round = 1; round <= 10; ++round) {
    auto sent = slowly_made(round);
    auto received = torch::full_like(sent, -1.0);

    comm_->all_gather(buffer_of(sent, DataType::Float32), buffer_of(received, DataType::Float32));
    const auto trace = received.diagonal().sum();  // queued at once: nothing waits for the GPU
    sent.fill_(-2.0);

    EXPECT_EQ(trace.item<double>(), 4096.0 * round);
  }
}

TEST_F(NcclOnGpu, KeepsHostMemoryWithTheHost) {
  std::vector<double> values{1, 2, 3};

  comm_->all_reduce({values.data(), values.size(), DataType::Float64, Device::Host}, Reduce::Sum)
      .wait();

  EXPECT_EQ(values, (std::vector<double>{1, 2, 3}));
}

TEST_F(NcclOnGpu, LivesThroughManyCommunicators) {
  for (int i = 0; i < 5; ++i) {
    const auto another = make_nccl_communicator(std::make_unique<SelfCommunicator>());
    auto values = torch::ones({10}, torch::device(gpu_));
    another->all_reduce(buffer_of(values, DataType::Float32), Reduce::Sum).wait();
    EXPECT_EQ(values.sum().item<double>(), 10);
  }
}

}  // namespace
}  // namespace codectrace::comm
