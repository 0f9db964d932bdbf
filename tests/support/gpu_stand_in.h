#pragma once

#include <nccl.h>

#include <functional>
#include <set>
#include <string>

/// A stand-in for the few calls of CUDA and NCCL that comm makes, over host memory: streams are
/// threads, ranks are processes of one machine that share a page. A test that is linked with it has
/// these calls in place of the libraries'. It shows order, not speed, and nothing about a real GPU.
namespace codectrace::test::gpu {

/// Puts work on the compute stream, as a kernel's launch does.
void launch(std::function<void()> kernel);
/// Whether the compute stream still has work.
[[nodiscard]] bool is_busy();
/// Waits until it has none.
void synchronise();

void set_devices(int count, const std::string& kind);

/// What was called so far.
struct Calls {
  int ids_made = 0;
  std::string id;           ///< that the last communicator was made with
  std::set<void*> streams;  ///< that had collectives
  int collectives = 0;
};
[[nodiscard]] Calls calls();

/// From now on NCCL reports this of every communicator.
void fail_with(ncclResult_t error);

}  // namespace codectrace::test::gpu
