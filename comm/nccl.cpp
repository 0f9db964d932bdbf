#include "comm/nccl.h"

#include <cstdlib>
#include <utility>

#include "comm/agreement.h"
#include "comm/cuda_event.h"
#include "comm/nccl_check.h"
#include "comm/nccl_watch.h"

namespace codectrace::comm {
namespace {

ncclDataType_t nccl_type(DataType type) {
  switch (type) {
    case DataType::Byte:
      return ncclUint8;
    case DataType::Int32:
      return ncclInt32;
    case DataType::Int64:
      return ncclInt64;
    case DataType::UInt64:
      return ncclUint64;
    case DataType::Float32:
      return ncclFloat32;
    case DataType::Float64:
      return ncclFloat64;
    case DataType::BFloat16:
      return ncclBfloat16;
  }
  invariant_failed("type", "a data type NCCL doesn't know");
}

ncclRedOp_t nccl_op(Reduce operation) {
  switch (operation) {
    case Reduce::Sum:
      return ncclSum;
    case Reduce::Min:
      return ncclMin;
    case Reduce::Max:
      return ncclMax;
  }
  invariant_failed("operation", "a reduction NCCL doesn't know");
}

constexpr cudaStream_t kComputeStream =
    nullptr;  // LibTorch's current stream unless it is told otherwise

class NcclCommunicator : public Communicator {
 public:
  explicit NcclCommunicator(std::unique_ptr<Communicator> host) : host_(std::move(host)) {
    CT_CUDA(cudaSetDevice(host_->local_rank()));
    CT_CUDA(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
    ncclUniqueId id = {};
    if (host_->is_root()) CT_NCCL(nullptr, ncclGetUniqueId(&id));
    host_->broadcast({id.internal, sizeof(id.internal), DataType::Byte, Device::Host}, 0);
    CT_NCCL(nullptr, ncclCommInitRank(&nccl_, host_->size(), id, host_->rank()));
    watch_ = std::make_unique<NcclWatch>(nccl_, *host_, [this](int code) { abort(code); });
  }
  NcclCommunicator(const NcclCommunicator&) = delete;
  NcclCommunicator& operator=(const NcclCommunicator&) = delete;
  ~NcclCommunicator() override {
    watch_.reset();
    if (nccl_ != nullptr) ncclCommDestroy(nccl_);
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }

  [[nodiscard]] int rank() const override { return host_->rank(); }
  [[nodiscard]] int size() const override { return host_->size(); }
  [[nodiscard]] int local_rank() const override { return host_->local_rank(); }
  [[nodiscard]] int local_size() const override { return host_->local_size(); }
  [[nodiscard]] std::string name() const override { return "nccl"; }

  [[nodiscard]] Pending all_reduce(Buffer values, Reduce operation) override {
    if (values.device == Device::Host) return host_->all_reduce(values, operation);
    return on_stream("all_reduce", [&] {
      CT_NCCL(nccl_, ncclAllReduce(values.data, values.data, values.count, nccl_type(values.type),
                                   nccl_op(operation), nccl_, stream_));
    });
  }
  void broadcast(Buffer values, int root) override {
    if (values.device == Device::Host) return host_->broadcast(values, root);
    on_stream("broadcast", [&] {
      CT_NCCL(nccl_, ncclBroadcast(values.data, values.data, values.count, nccl_type(values.type),
                                   root, nccl_, stream_));
    }).wait();
  }
  void all_gather(Buffer mine, Buffer gathered) override {
    if (mine.device == Device::Host) return host_->all_gather(mine, gathered);
    on_stream("all_gather", [&] {
      CT_NCCL(nccl_, ncclAllGather(mine.data, gathered.data, mine.count, nccl_type(mine.type),
                                   nccl_, stream_));
    }).wait();
  }
  void all_to_all(Buffer mine, Buffer received) override { host_->all_to_all(mine, received); }
  void barrier() override { host_->barrier(); }
  [[nodiscard]] std::unique_ptr<WorkCounter> work_counter() override {
    return host_->work_counter();
  }
  [[nodiscard]] std::unique_ptr<Communicator> split(int color) override {
    return make_nccl_communicator(host_->split(color));
  }
  void set_time_limit(double seconds) override {
    host_->set_time_limit(seconds);
    watch_->set_time_limit(seconds);
  }
  [[noreturn]] void abort(int exit_code) override {
    if (nccl_ != nullptr) ncclCommAbort(nccl_);  // frees peers that wait on the device
    host_->abort(exit_code);
    std::_Exit(exit_code);  // for the compiler, which doesn't believe a virtual noreturn
  }

 private:
  /// A collective that fails or hangs is the watch's to notice: nothing waits for the GPU here.
  struct OrderedAfter : Pending::State {
    double wait() override {
      done->order_before(kComputeStream);
      return 0;
    }
    std::shared_ptr<CudaEvent> done = std::make_shared<CudaEvent>();
  };

  template <class Start>
  Pending on_stream(const char* what, Start start) {
    CudaEvent ready;
    ready.record(kComputeStream);
    ready.order_before(stream_);
    start();
    auto state = std::make_shared<OrderedAfter>();
    state->done->record(stream_);
    watch_->add(state->done, what);
    return Pending(state);
  }

  std::unique_ptr<Communicator> host_;
  cudaStream_t stream_ = nullptr;
  ncclComm_t nccl_ = nullptr;
  std::unique_ptr<NcclWatch> watch_;
};

void check_enough_devices(Communicator& host) {
  const int devices = cuda_device_count();
  if (devices >= host.local_size()) return;
  throw Error(
      ErrorKind::Environment,
      fmt::format("{} ranks on a machine with {} GPU(s); start at most one rank a GPU, or use "
                  "comm = \"mpi\" and the CPU",
                  host.local_size(), devices));
}

}  // namespace

int cuda_device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

std::unique_ptr<Communicator> make_nccl_communicator(std::unique_ptr<Communicator> host) {
  together(*host, [&] { check_enough_devices(*host); });
  cudaDeviceProp properties = {};
  together(*host, [&] { CT_CUDA(cudaGetDeviceProperties(&properties, host->local_rank())); });
  agree(*host, "the kind of GPU", properties.name);
  return std::make_unique<NcclCommunicator>(std::move(host));
}

}  // namespace codectrace::comm
