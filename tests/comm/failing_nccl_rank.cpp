// The last rank's NCCL reports an error, or it stays away from a collective that the others' GPUs
// wait in, against tests/support/gpu_stand_in.h:
//   failing_nccl_rank error|stops
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "comm/create.h"
#include "comm/mpi_session.h"
#include "tests/support/gpu_stand_in.h"

int main(int argc, char** argv) {
  using namespace codectrace;
  if (argc != 2) return 2;
  const comm::MpiSession session;
  const auto ranks = comm::create(comm::Backend::Nccl);
  ranks->set_time_limit(2.0);
  std::vector<float> values(10);
  const comm::Buffer buffer{values.data(), values.size(), comm::DataType::Float32,
                            comm::Device::Cuda};
  ranks->all_reduce(buffer, comm::Reduce::Sum).wait();
  test::gpu::synchronise();

  if (ranks->rank() == ranks->size() - 1) {
    if (argv[1] == std::string("stops")) std::raise(SIGSTOP);
    test::gpu::fail_with(ncclRemoteError);
    std::this_thread::sleep_for(std::chrono::seconds(50));
  }
  ranks->all_reduce(buffer, comm::Reduce::Sum).wait();
  test::gpu::synchronise();  // for ever, but for the watch
  return 0;
}
