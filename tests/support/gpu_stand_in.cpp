#include "tests/support/gpu_stand_in.h"

#include <cuda_runtime_api.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace codectrace::test::gpu {
namespace {

using namespace std::chrono_literals;

/// Does what it is given, one after the other.
class Stream {
 public:
  ~Stream() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void push(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
    }
    changed_.notify_all();
  }
  [[nodiscard]] bool is_busy() {
    const std::lock_guard lock(mutex_);
    return !work_.empty();
  }
  void synchronise() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return work_.empty(); });
  }

 private:
  void loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return !work_.empty() || stopping_; });
      if (work_.empty()) return;
      const auto work = work_.front();  // stays there until it is done
      lock.unlock();
      work();
      lock.lock();
      work_.pop_front();
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool stopping_ = false;
  std::thread thread_{[this] { loop(); }};
};

/// Lives on in streams that wait for it after it was destroyed, as CUDA's do.
struct Event {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t recorded = 0;
  std::uint64_t reached = 0;

  void wait_for(std::uint64_t number) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return reached >= number; });
  }
};
using EventHandle = std::shared_ptr<Event>;

Stream& compute_stream() {
  static Stream stream;
  return stream;
}
Stream& of(cudaStream_t stream) {
  return stream == nullptr ? compute_stream() : *reinterpret_cast<Stream*>(stream);
}
EventHandle& of(cudaEvent_t event) { return *reinterpret_cast<EventHandle*>(event); }

struct State {
  std::mutex mutex;
  Calls calls;
  int devices = 16;
  std::string kind = "stand-in";
  std::atomic<ncclResult_t> error = ncclSuccess;
};
State& state() {
  static State instance;
  return instance;
}

constexpr std::size_t kMostRanks = 8;
constexpr std::size_t kSlotBytes = 1 << 16;

/// What the ranks of a communicator share.
struct Page {
  std::atomic<int> arrived;
  std::atomic<int> meetings;
  std::byte slots[kMostRanks][kSlotBytes];
};

Page* open_page(const char* name, int flags) {
  const int descriptor = ::shm_open(name, O_RDWR | flags, 0600);
  if (descriptor < 0) return nullptr;
  const bool is_sized = (flags & O_CREAT) == 0 || ::ftruncate(descriptor, sizeof(Page)) == 0;
  void* memory =
      is_sized ? ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
               : MAP_FAILED;
  ::close(descriptor);
  return memory == MAP_FAILED ? nullptr : static_cast<Page*>(memory);
}

struct Ranks {
  Page* page = nullptr;
  int rank = 0;
  int size = 1;
  std::atomic<bool> is_aborted = false;

  /// False: aborted meanwhile.
  [[nodiscard]] bool meet() {
    const int meeting = page->meetings;
    if (++page->arrived == size) {
      page->arrived = 0;
      ++page->meetings;
    }
    while (page->meetings == meeting && !is_aborted) std::this_thread::sleep_for(100us);
    return !is_aborted;
  }
};
Ranks& of(ncclComm_t communicator) { return *reinterpret_cast<Ranks*>(communicator); }

/// @param finish  reads all slots
ncclResult_t collective(ncclComm_t communicator, cudaStream_t stream, const void* mine,
                        std::size_t bytes, std::function<void(const Page&)> finish) {
  if (bytes > kSlotBytes) return ncclInvalidArgument;
  {
    const std::lock_guard lock(state().mutex);
    ++state().calls.collectives;
    state().calls.streams.insert(stream);
  }
  Ranks& ranks = of(communicator);
  of(stream).push([&ranks, mine, bytes, finish = std::move(finish)] {
    std::memcpy(ranks.page->slots[ranks.rank], mine, bytes);
    if (!ranks.meet()) return;
    finish(*ranks.page);
    static_cast<void>(ranks.meet());
  });
  return ncclSuccess;
}

}  // namespace

void launch(std::function<void()> kernel) { compute_stream().push(std::move(kernel)); }
bool is_busy() { return compute_stream().is_busy(); }
void synchronise() { compute_stream().synchronise(); }

void set_devices(int count, const std::string& kind) {
  state().devices = count;
  state().kind = kind;
}

Calls calls() {
  const std::lock_guard lock(state().mutex);
  return state().calls;
}

void fail_with(ncclResult_t error) { state().error = error; }

}  // namespace codectrace::test::gpu

namespace gpu = codectrace::test::gpu;

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  *count = gpu::state().devices;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int /*device*/) {
  *properties = {};
  gpu::state().kind.copy(properties->name, sizeof(properties->name) - 1);
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int /*device*/) { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t /*error*/) { return "stand-in's error"; }

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int /*flags*/) {
  *stream = reinterpret_cast<cudaStream_t>(new gpu::Stream);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete reinterpret_cast<gpu::Stream*>(stream);
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned int /*flags*/) {
  const gpu::EventHandle handle = gpu::of(event);
  const std::lock_guard lock(handle->mutex);
  gpu::of(stream).push([handle, number = handle->recorded] { handle->wait_for(number); });
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int /*flags*/) {
  *event = reinterpret_cast<cudaEvent_t>(new gpu::EventHandle(std::make_shared<gpu::Event>()));
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete reinterpret_cast<gpu::EventHandle*>(event);
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const gpu::EventHandle handle = gpu::of(event);
  const std::lock_guard lock(handle->mutex);
  gpu::of(stream).push([handle, number = ++handle->recorded] {
    {
      const std::lock_guard reached(handle->mutex);
      handle->reached = number;
    }
    handle->changed.notify_all();
  });
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  const gpu::EventHandle handle = gpu::of(event);
  const std::lock_guard lock(handle->mutex);
  return handle->reached >= handle->recorded ? cudaSuccess : cudaErrorNotReady;
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  const std::lock_guard lock(gpu::state().mutex);
  *id = {};
  std::snprintf(id->internal, sizeof(id->internal), "/codectrace-stand-in-%d-%d", ::getpid(),
                ++gpu::state().calls.ids_made);
  auto* page = gpu::open_page(id->internal, O_CREAT | O_EXCL);
  if (page == nullptr) return ncclSystemError;
  ::munmap(page, sizeof(gpu::Page));
  return ncclSuccess;
}
ncclResult_t ncclCommInitRank(ncclComm_t* communicator, int size, ncclUniqueId id, int rank) {
  auto ranks = std::make_unique<gpu::Ranks>();
  ranks->page = gpu::open_page(id.internal, 0);
  ranks->rank = rank;
  ranks->size = size;
  if (ranks->page == nullptr || static_cast<std::size_t>(size) > gpu::kMostRanks) {
    return ncclInvalidArgument;  // an id that no rank made
  }
  if (!ranks->meet()) return ncclSystemError;
  if (rank == 0) ::shm_unlink(id.internal);
  const std::lock_guard lock(gpu::state().mutex);
  gpu::state().calls.id = id.internal;
  *communicator = reinterpret_cast<ncclComm_t>(ranks.release());
  return ncclSuccess;
}
ncclResult_t ncclCommDestroy(ncclComm_t communicator) {
  ::munmap(gpu::of(communicator).page, sizeof(gpu::Page));
  delete &gpu::of(communicator);
  return ncclSuccess;
}
ncclResult_t ncclCommAbort(ncclComm_t communicator) {
  gpu::of(communicator).is_aborted = true;
  std::fputs("stand-in: communicator aborted\n", stderr);
  return ncclSuccess;
}
ncclResult_t ncclCommGetAsyncError(ncclComm_t /*communicator*/, ncclResult_t* error) {
  *error = gpu::state().error;
  return ncclSuccess;
}
const char* ncclGetErrorString(ncclResult_t error) {
  return error == ncclRemoteError ? "a remote process has gone" : "stand-in's result";
}
const char* ncclGetLastError(ncclComm_t /*communicator*/) { return "stand-in's last words"; }

/// Sums of float alone.
ncclResult_t ncclAllReduce(const void* send, void* receive, size_t count, ncclDataType_t type,
                           ncclRedOp_t operation, ncclComm_t communicator, cudaStream_t stream) {
  if (type != ncclFloat32 || operation != ncclSum) return ncclInvalidArgument;
  const int size = gpu::of(communicator).size;
  return gpu::collective(communicator, stream, send, count * sizeof(float),
                         [=](const gpu::Page& page) {
                           std::vector<float> part(count);
                           auto* sums = static_cast<float*>(receive);
                           std::fill_n(sums, count, 0.0F);
                           for (int rank = 0; rank < size; ++rank) {
                             std::memcpy(part.data(), page.slots[rank], count * sizeof(float));
                             for (size_t i = 0; i < count; ++i) sums[i] += part[i];
                           }
                         });
}
/// Of bytes.
ncclResult_t ncclBroadcast(const void* send, void* receive, size_t count, ncclDataType_t type,
                           int root, ncclComm_t communicator, cudaStream_t stream) {
  if (type != ncclUint8) return ncclInvalidArgument;
  return gpu::collective(communicator, stream, send, count, [=](const gpu::Page& page) {
    std::memcpy(receive, page.slots[root], count);
  });
}
/// Of bytes.
ncclResult_t ncclAllGather(const void* send, void* receive, size_t count, ncclDataType_t type,
                           ncclComm_t communicator, cudaStream_t stream) {
  if (type != ncclUint8) return ncclInvalidArgument;
  const int size = gpu::of(communicator).size;
  return gpu::collective(communicator, stream, send, count, [=](const gpu::Page& page) {
    for (int rank = 0; rank < size; ++rank) {
      std::memcpy(static_cast<std::byte*>(receive) + static_cast<size_t>(rank) * count,
                  page.slots[rank], count);
    }
  });
}

}  // extern "C"
