#pragma once

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <source_location>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::comm {

/// CUDA's return code → Error with CUDA's own text.
inline void check_cuda(cudaError_t code, std::string_view call,
                       std::source_location at = std::source_location::current()) {
  if (code == cudaSuccess) [[likely]] {
    return;
  }
  throw Error(ErrorKind::Environment, fmt::format("{} failed: {}", call, cudaGetErrorString(code)),
              at);
}

/// NCCL's return code → Error with NCCL's own text and last message.
inline void check_nccl(ncclResult_t code, ncclComm_t communicator, std::string_view call,
                       std::source_location at = std::source_location::current()) {
  if (code == ncclSuccess) [[likely]] {
    return;
  }
  throw Error(ErrorKind::Environment,
              fmt::format("{} failed: {}: {}", call, ncclGetErrorString(code),
                          ncclGetLastError(communicator)),
              at);
}

}  // namespace codectrace::comm

#define CT_CUDA(call) ::codectrace::comm::check_cuda((call), #call)
#define CT_NCCL(communicator, call) ::codectrace::comm::check_nccl((call), (communicator), #call)
