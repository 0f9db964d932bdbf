#pragma once

#include <memory>

#include "comm/communicator.h"

namespace codectrace::comm {

/// How many GPUs this process can use; 0 also where there is no driver.
[[nodiscard]] int cuda_device_count();

/// Device memory through NCCL on a stream of its own, host memory through `host`. The rank uses the
/// GPU with its local rank's number. Ordered with the computation by events, not by waiting for the
/// device: a collective begins after what is on the compute stream, and Pending::wait() orders the
/// compute stream after it. A collective that fails, or isn't over within the time limit, ends the
/// job (comm/nccl_watch.h).
///
/// Collective. @throws Error(Environment) on all ranks if a machine has fewer GPUs than ranks
/// (named), or GPUs of several kinds take part
[[nodiscard]] std::unique_ptr<Communicator> make_nccl_communicator(
    std::unique_ptr<Communicator> host);

}  // namespace codectrace::comm
