#include "comm/mpi.h"

#include <bit>
#include <cmath>
#include <cstdio>
#include <exception>
#include <utility>

#include "comm/mpi_check.h"
#include "core/rank.h"

namespace codectrace::comm {
namespace {

MPI_Datatype mpi_type(DataType type) {
  switch (type) {
    case DataType::Byte:
      return MPI_BYTE;
    case DataType::Int32:
      return MPI_INT32_T;
    case DataType::Int64:
      return MPI_INT64_T;
    case DataType::UInt64:
      return MPI_UINT64_T;
    case DataType::Float32:
      return MPI_FLOAT;
    case DataType::Float64:
      return MPI_DOUBLE;
    case DataType::BFloat16:
      return MPI_UINT16_T;
  }
  invariant_failed("type", "a data type MPI doesn't know");
}

MPI_Op mpi_op(Reduce operation) {
  switch (operation) {
    case Reduce::Sum:
      return MPI_SUM;
    case Reduce::Min:
      return MPI_MIN;
    case Reduce::Max:
      return MPI_MAX;
  }
  invariant_failed("operation", "a reduction MPI doesn't know");
}

float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// To nearest, ties to even; NaN stays NaN.
std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

void add_bfloat16(void* in, void* inout, int* count, MPI_Datatype* /*type*/) {
  const auto* from = static_cast<const std::uint16_t*>(in);
  auto* to = static_cast<std::uint16_t*>(inout);
  for (int i = 0; i < *count; ++i)
    to[i] = to_bfloat16(from_bfloat16(from[i]) + from_bfloat16(to[i]));
}

void check_host(const Buffer& values) {
  if (values.device == Device::Host) return;
  throw Error(ErrorKind::Usage,
              "the mpi communicator moves host memory only; use comm = \"nccl\" for GPUs");
}

int checked_count(std::size_t count) {
  CT_INVARIANT(std::in_range<int>(count), "a collective of more elements than MPI can count");
  return static_cast<int>(count);
}

struct PendingFuture : Pending::State {
  explicit PendingFuture(std::future<void> done) : done_(std::move(done)) {}
  void wait() override { done_.get(); }
  std::future<void> done_;
};

/// One number on rank 0, taken and raised by whoever asks.
class MpiWorkCounter : public WorkCounter {
 public:
  MpiWorkCounter(MPI_Comm world, int rank, MpiWorker& worker) : worker_(worker) {
    worker_.run([&] {
      const MPI_Aint size = rank == 0 ? sizeof(std::int64_t) : 0;
      std::int64_t* counter = nullptr;
      CT_MPI(
          MPI_Win_allocate(size, sizeof(std::int64_t), MPI_INFO_NULL, world, &counter, &window_));
      if (rank == 0) *counter = 0;
      CT_MPI(MPI_Barrier(world));
      CT_MPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, window_));
    });
    worker_.want_progress(true);
  }
  ~MpiWorkCounter() override {
    worker_.want_progress(false);
    // Freeing is collective: after an error the other ranks may never come.
    if (std::uncaught_exceptions() > 0) return;
    worker_.run([&] {
      MPI_Win_unlock_all(window_);
      MPI_Win_free(&window_);
    });
  }

  [[nodiscard]] std::uint64_t next() override {
    std::int64_t taken = 0;
    worker_.run([&] {
      const std::int64_t one = 1;
      CT_MPI(MPI_Fetch_and_op(&one, &taken, MPI_INT64_T, 0, 0, MPI_SUM, window_));
      CT_MPI(MPI_Win_flush(0, window_));
    });
    return static_cast<std::uint64_t>(taken);
  }

 private:
  MpiWorker& worker_;
  MPI_Win window_ = MPI_WIN_NULL;
};

}  // namespace

MpiCommunicator::MpiCommunicator() {
  CT_MPI(MPI_Comm_dup(MPI_COMM_WORLD, &world_));
  CT_MPI(MPI_Comm_set_errhandler(world_, MPI_ERRORS_RETURN));
  CT_MPI(MPI_Comm_rank(world_, &rank_));
  CT_MPI(MPI_Comm_size(world_, &size_));
  MPI_Comm node = MPI_COMM_NULL;
  CT_MPI(MPI_Comm_split_type(world_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node));
  CT_MPI(MPI_Comm_rank(node, &local_rank_));
  CT_MPI(MPI_Comm_size(node, &local_size_));
  CT_MPI(MPI_Comm_free(&node));
  CT_MPI(MPI_Op_create(add_bfloat16, 1, &bfloat16_sum_));
  watchdog_ = std::make_unique<Watchdog>(world_);
  worker_ = std::make_unique<MpiWorker>();
}

MpiCommunicator::~MpiCommunicator() {
  worker_.reset();
  watchdog_.reset();
  MPI_Op_free(&bfloat16_sum_);
  MPI_Comm_free(&world_);
}

Pending MpiCommunicator::all_reduce(Buffer values, Reduce operation) {
  check_host(values);
  const int count = checked_count(values.count);
  const bool is_bfloat16 = values.type == DataType::BFloat16;
  CT_INVARIANT(!is_bfloat16 || operation == Reduce::Sum, "only sums of bfloat16 are there");
  return Pending(std::make_shared<PendingFuture>(worker_->submit([=, this] {
    MPI_Request request = MPI_REQUEST_NULL;
    watchdog_->count_collective();
    CT_MPI(MPI_Iallreduce(MPI_IN_PLACE, values.data, count, mpi_type(values.type),
                          is_bfloat16 ? bfloat16_sum_ : mpi_op(operation), world_, &request));
    finish(request, "all_reduce");
  })));
}

void MpiCommunicator::broadcast(Buffer values, int root) {
  check_host(values);
  const int count = checked_count(values.count);
  worker_->run([=, this] {
    MPI_Request request = MPI_REQUEST_NULL;
    watchdog_->count_collective();
    CT_MPI(MPI_Ibcast(values.data, count, mpi_type(values.type), root, world_, &request));
    finish(request, "broadcast");
  });
}

void MpiCommunicator::all_gather(Buffer mine, Buffer gathered) {
  check_host(mine);
  check_host(gathered);
  CT_INVARIANT(
      gathered.count == mine.count * static_cast<std::size_t>(size_) && gathered.type == mine.type,
      "all_gather into a buffer of another size");
  const int count = checked_count(mine.count);
  worker_->run([=, this] {
    MPI_Request request = MPI_REQUEST_NULL;
    watchdog_->count_collective();
    CT_MPI(MPI_Iallgather(mine.data, count, mpi_type(mine.type), gathered.data, count,
                          mpi_type(gathered.type), world_, &request));
    finish(request, "all_gather");
  });
}

void MpiCommunicator::barrier() {
  worker_->run([this] {
    MPI_Request request = MPI_REQUEST_NULL;
    watchdog_->count_collective();
    CT_MPI(MPI_Ibarrier(world_, &request));
    finish(request, "barrier");
  });
}

std::unique_ptr<WorkCounter> MpiCommunicator::work_counter() {
  return std::make_unique<MpiWorkCounter>(world_, rank_, *worker_);
}

void MpiCommunicator::finish(MPI_Request& request, const char* what) {
  MpiWorker::wait(request, [&](double waited_s) {
    const double limit = time_limit_s_;
    if (limit > 0 && waited_s > limit) stalled(what, waited_s);
  });
}

void MpiCommunicator::stalled(const char* what, double waited_s) {
  const std::string text = fmt::format("codectrace: {}{} waits for {:.0f} s: {}; ending the job\n",
                                       rank_prefix(), what, waited_s, watchdog_->laggards());
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  abort(static_cast<int>(ExitCode::Environment));
}

void MpiCommunicator::abort(int exit_code) {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

}  // namespace codectrace::comm
