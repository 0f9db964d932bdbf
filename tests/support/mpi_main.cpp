#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <memory>

#include "comm/create.h"
#include "comm/launcher.h"
#include "comm/mpi_session.h"
#include "tests/support/test_communicator.h"

namespace codectrace::test {
namespace {

comm::Communicator* current = nullptr;

/// Says on which rank an expectation failed.
class RankListener : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed())
      std::fprintf(stderr, "on rank %d of %d:\n", current->rank(), current->size());
  }
};

}  // namespace

comm::Communicator& test_communicator() { return *current; }

}  // namespace codectrace::test

/// The exit code is the maximum over ranks: a failure on any rank fails the test.
int main(int argc, char** argv) {
  using namespace codectrace;
  testing::InitGoogleTest(&argc, argv);
  const auto session = comm::launched_by_mpi() ? std::make_unique<comm::MpiSession>() : nullptr;
  const auto communicator = comm::create(comm::Backend::Auto);
  test::current = communicator.get();
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  listeners.Append(new test::RankListener);
  if (!communicator->is_root()) delete listeners.Release(listeners.default_result_printer());
  try {
    return communicator->reduced<int>(RUN_ALL_TESTS(), comm::Reduce::Max);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %d: %s\n", communicator->rank(), error.what());
    communicator->abort(1);
  }
}
