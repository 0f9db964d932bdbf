#pragma once

#include <cuda_runtime_api.h>

#include "comm/nccl_check.h"

namespace codectrace::comm {

/// A point in a stream's work.
class CudaEvent {
 public:
  CudaEvent() { CT_CUDA(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
  CudaEvent(const CudaEvent&) = delete;
  CudaEvent& operator=(const CudaEvent&) = delete;
  ~CudaEvent() { cudaEventDestroy(event_); }

  /// Puts it after what is on the stream so far.
  void record(cudaStream_t stream) { CT_CUDA(cudaEventRecord(event_, stream)); }
  /// What comes to the stream later waits for it; the caller doesn't.
  void order_before(cudaStream_t stream) { CT_CUDA(cudaStreamWaitEvent(stream, event_, 0)); }
  /// @throws Error(Environment) if what was before it failed
  [[nodiscard]] bool is_reached() const {
    const cudaError_t code = cudaEventQuery(event_);
    if (code == cudaErrorNotReady) return false;
    check_cuda(code, "work on the GPU");
    return true;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace codectrace::comm
