// The control flow of comm/nccl against tests/support/gpu_stand_in.h.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "comm/create.h"
#include "comm/nccl.h"
#include "tests/support/expect_error.h"
#include "tests/support/gpu_stand_in.h"
#include "tests/support/test_communicator.h"

namespace codectrace::comm {
namespace {

namespace gpu = test::gpu;
using namespace std::chrono_literals;

Buffer on_device(std::vector<float>& values) {
  return {values.data(), values.size(), DataType::Float32, Device::Cuda};
}
Buffer on_device(std::string& bytes) {
  return {bytes.data(), bytes.size(), DataType::Byte, Device::Cuda};
}

class NcclCommunicator : public testing::Test {
 protected:
  NcclCommunicator() : comm_(make_nccl_communicator(create(Backend::Auto))) {}

  [[nodiscard]] float rank_sum() const {
    return static_cast<float>(comm_->size() * (comm_->size() + 1)) / 2;
  }

  std::unique_ptr<Communicator> comm_;
};

TEST_F(NcclCommunicator, AddsWhatTheComputeStreamWritesBeforeAndForWhatItReadsAfter) {
  std::vector<float> values(100);
  std::vector<float> seen;
  gpu::launch([&] {  // a kernel that takes its time
    std::this_thread::sleep_for(100ms);
    values.assign(values.size(), static_cast<float>(comm_->rank() + 1));
  });

  Pending sums = comm_->all_reduce(on_device(values), Reduce::Sum);
  sums.wait();
  gpu::launch([&] { seen = values; });

  EXPECT_TRUE(gpu::is_busy());  // nobody has waited for the GPU
  gpu::synchronise();
  EXPECT_EQ(seen, std::vector<float>(100, rank_sum()));
}

TEST_F(NcclCommunicator, LetsTheComputeStreamGoOnBesideACollective) {
  std::vector<float> values(100, 1);
  Pending sums;
  if (comm_->is_root()) {
    sums = comm_->all_reduce(on_device(values), Reduce::Sum);
    gpu::launch([] {});
    gpu::synchronise();  // though the others come to the collective only later
  }
  comm_->barrier();
  if (!comm_->is_root()) sums = comm_->all_reduce(on_device(values), Reduce::Sum);
  sums.wait();
  gpu::synchronise();

  EXPECT_EQ(values, std::vector<float>(100, static_cast<float>(comm_->size())));
}

TEST_F(NcclCommunicator, HasAStreamOfItsOwn) {
  std::vector<float> values(1);
  const auto streams_before = gpu::calls().streams.size();

  for (int i = 0; i < 3; ++i) comm_->all_reduce(on_device(values), Reduce::Sum).wait();
  gpu::synchronise();

  EXPECT_LE(gpu::calls().streams.size(), streams_before + 1);
  EXPECT_FALSE(gpu::calls().streams.contains(nullptr));
}

TEST_F(NcclCommunicator, IsMadeWithTheIdOfRank0) {
  auto& ranks = test::test_communicator();
  const int ids_before = gpu::calls().ids_made;

  const auto another = make_nccl_communicator(create(Backend::Auto));

  EXPECT_EQ(gpu::calls().ids_made - ids_before, ranks.is_root() ? 1 : 0);
  const auto ids = ranks.gathered_texts(gpu::calls().id);
  EXPECT_EQ(ids, std::vector<std::string>(ids.size(), ids[0]));
}

TEST_F(NcclCommunicator, BroadcastsAndGathersDeviceMemory) {
  std::string mine(1, static_cast<char>('a' + comm_->rank()));
  std::string all(static_cast<std::size_t>(comm_->size()), ' ');
  comm_->all_gather(on_device(mine), on_device(all));
  comm_->broadcast(on_device(mine), comm_->size() - 1);
  gpu::synchronise();

  EXPECT_EQ(all, std::string("abcdefgh").substr(0, all.size()));
  EXPECT_EQ(mine[0], 'a' + comm_->size() - 1);
}

TEST_F(NcclCommunicator, LeavesHostMemoryToTheHost) {
  const int before = gpu::calls().collectives;
  std::vector<float> values(10, static_cast<float>(comm_->rank() + 1));

  comm_->all_reduce_sum(values).wait();

  EXPECT_EQ(values, std::vector<float>(10, rank_sum()));
  EXPECT_EQ(gpu::calls().collectives, before);
  EXPECT_EQ(comm_->name(), "nccl");
}

TEST_F(NcclCommunicator, SplitsIntoGroupsThatMoveDeviceMemoryByThemselves) {
  const int color = comm_->rank() % 2;
  const auto group = comm_->split(color);
  std::vector<float> values{static_cast<float>(comm_->rank())};
  float expected = 0;
  for (int rank = color; rank < comm_->size(); rank += 2) expected += static_cast<float>(rank);

  group->all_reduce(on_device(values), Reduce::Sum).wait();
  gpu::synchronise();

  EXPECT_EQ(values[0], expected);
  EXPECT_EQ(group->name(), "nccl");
  EXPECT_EQ(group->local_rank(), comm_->local_rank());
}

TEST(MakeNcclCommunicator, RefusesMoreRanksThanGpus) {
  const int ranks = test::test_communicator().size();
  gpu::set_devices(ranks - 1, "stand-in");

  test::expect_error(
      ErrorKind::Environment,
      [] { static_cast<void>(make_nccl_communicator(create(Backend::Auto))); },
      std::to_string(ranks) + " ranks on a machine with " + std::to_string(ranks - 1) + " GPU(s)");

  gpu::set_devices(16, "stand-in");
}

TEST(MakeNcclCommunicator, RefusesGpusOfSeveralKindsAndNamesTheRank) {
  const auto& ranks = test::test_communicator();
  if (ranks.size() == 1) GTEST_SKIP() << "one rank has one GPU";
  const bool is_last = ranks.rank() == ranks.size() - 1;
  gpu::set_devices(16, is_last ? "small" : "large");

  test::expect_error(
      ErrorKind::Environment,
      [] { static_cast<void>(make_nccl_communicator(create(Backend::Auto))); }, "the kind of GPU",
      "has large", "rank " + std::to_string(ranks.size() - 1), "has small");

  gpu::set_devices(16, "stand-in");
}

}  // namespace
}  // namespace codectrace::comm
