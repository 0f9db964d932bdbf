#include "comm/nccl.h"

#include <gtest/gtest.h>

#include <memory>

#include "comm/self.h"
#include "tests/support/expect_error.h"

namespace codectrace::comm {
namespace {

TEST(NcclCommunicator, SaysHowManyRanksAndGpusThereAre) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "this machine has a GPU";

  test::expect_error(
      ErrorKind::Environment,
      [] { static_cast<void>(make_nccl_communicator(std::make_unique<SelfCommunicator>())); },
      "1 ranks on a machine with 0 GPU(s)", "comm = \"mpi\"");
}

}  // namespace
}  // namespace codectrace::comm
