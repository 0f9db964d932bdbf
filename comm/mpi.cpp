#include "comm/mpi.h"

#include <bit>
#include <cmath>
#include <cstdio>
#include <exception>
#include <utility>

#include "comm/mpi_check.h"
#include "comm/mpi_session.h"
#include "comm/turn_to_speak.h"
#include "core/log.h"
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

constexpr std::size_t kNumbersEach = 2;  // of the window: work handed out, and progress

struct PendingFuture : Pending::State {
  explicit PendingFuture(std::future<double> done) : done_(std::move(done)) {}
  double wait() override { return done_.get(); }
  std::future<double> done_;
};

}  // namespace

/// Takes numbers from rank 0's memory. The ranks meet before the first is taken and after the last.
class MpiCommunicator::Counter : public WorkCounter {
 public:
  explicit Counter(MpiCommunicator& ranks) : ranks_(ranks) {
    CT_INVARIANT(!ranks_.has_counter_, "a work counter while another is in use");
    ranks_.worker_->run([&] { ranks_.next_work_->set_mine(0); });
    ranks_.meet("work_counter");
    ranks_.worker_->want_progress(true);
    ranks_.has_counter_ = true;
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter() override {
    ranks_.meet_at_end("the work counter's end");
    ranks_.worker_->want_progress(false);
    ranks_.has_counter_ = false;
  }

  [[nodiscard]] std::uint64_t next() override {
    std::uint64_t taken = 0;
    ranks_.worker_->run([&] {
      MPI_Request request = ranks_.next_work_->raise(0, taken);
      ranks_.finish(request, "work_counter");
    });
    return taken;
  }

 private:
  MpiCommunicator& ranks_;
};

MpiCommunicator::MpiCommunicator() : worker_(std::make_shared<MpiWorker>()) {
  worker_->run([this] {
    CT_MPI(MPI_Comm_dup(MPI_COMM_WORLD, &handle_));
    window_ = std::make_shared<SharedWindow>(handle_, 2 * kNumbersEach);
    open(0);
    MPI_Comm machine = MPI_COMM_NULL;
    CT_MPI(MPI_Comm_split_type(handle_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine));
    CT_MPI(MPI_Comm_rank(machine, &local_rank_));
    CT_MPI(MPI_Comm_size(machine, &local_size_));
    CT_MPI(MPI_Comm_free(&machine));
  });
}

MpiCommunicator::MpiCommunicator(MpiCommunicator& job, int color)
    : local_rank_(job.local_rank_),
      local_size_(job.local_size_),
      window_(job.window_),
      job_(&job),
      worker_(job.worker_) {
  CT_INVARIANT(job.job_ == nullptr, "a group of a group");
  CT_INVARIANT(!job.has_group_, "a group while this rank is in another");
  job.meet("split");
  worker_->run([&] {
    CT_MPI(MPI_Comm_split(job.handle_, color, job.rank_, &handle_));
    open(kNumbersEach);
  });
  job.has_group_ = true;
}

void MpiCommunicator::open(std::size_t first_number) {
  CT_MPI(MPI_Comm_set_errhandler(handle_, MPI_ERRORS_RETURN));
  CT_MPI(MPI_Comm_rank(handle_, &rank_));
  CT_MPI(MPI_Comm_size(handle_, &size_));
  CT_MPI(MPI_Op_create(add_bfloat16, 1, &bfloat16_sum_));
  const int job_rank = job_ == nullptr ? rank_ : job_->rank_;
  std::vector<int> job_ranks(static_cast<std::size_t>(size_));
  CT_MPI(MPI_Allgather(&job_rank, 1, MPI_INT, job_ranks.data(), 1, MPI_INT, handle_));
  next_work_ = std::make_unique<SharedNumber>(window_, first_number, job_ranks);
  watchdog_ = std::make_unique<Watchdog>(
      handle_, SharedNumber(window_, first_number + 1, job_ranks), job_ranks);
}

MpiCommunicator::~MpiCommunicator() {
  if (job_ != nullptr) job_->has_group_ = false;
  if (std::uncaught_exceptions() > 0) return;
  meet_at_end("the end");
  worker_->run([this] {
    next_work_.reset();
    watchdog_.reset();
    window_.reset();  // the job's goes with the job
    MPI_Op_free(&bfloat16_sum_);
    MPI_Comm_free(&handle_);
  });
}

std::unique_ptr<Communicator> MpiCommunicator::split(int color) {
  return std::unique_ptr<Communicator>(new MpiCommunicator(*this, color));
}

template <class Start>
std::future<double> MpiCommunicator::submit(const char* what, Start start) {
  return worker_->submit([=, this] {
    watchdog_->count_collective();
    MPI_Request request = start();
    finish(request, what);
  });
}

Pending MpiCommunicator::all_reduce(Buffer values, Reduce operation) {
  check_host(values);
  const int count = checked_count(values.count);
  const bool is_bfloat16 = values.type == DataType::BFloat16;
  CT_INVARIANT(!is_bfloat16 || operation == Reduce::Sum, "only sums of bfloat16 are there");
  return Pending(std::make_shared<PendingFuture>(submit("all_reduce", [=, this] {
    MPI_Request request = MPI_REQUEST_NULL;
    CT_MPI(MPI_Iallreduce(MPI_IN_PLACE, values.data, count, mpi_type(values.type),
                          is_bfloat16 ? bfloat16_sum_ : mpi_op(operation), handle_, &request));
    return request;
  })));
}

void MpiCommunicator::broadcast(Buffer values, int root) {
  check_host(values);
  const int count = checked_count(values.count);
  submit("broadcast", [=, this] {
    MPI_Request request = MPI_REQUEST_NULL;
    CT_MPI(MPI_Ibcast(values.data, count, mpi_type(values.type), root, handle_, &request));
    return request;
  }).get();
}

void MpiCommunicator::all_gather(Buffer mine, Buffer gathered) {
  check_host(mine);
  check_host(gathered);
  CT_INVARIANT(
      gathered.count == mine.count * static_cast<std::size_t>(size_) && gathered.type == mine.type,
      "all_gather into a buffer of another size");
  const int count = checked_count(mine.count);
  submit("all_gather", [=, this] {
    MPI_Request request = MPI_REQUEST_NULL;
    CT_MPI(MPI_Iallgather(mine.data, count, mpi_type(mine.type), gathered.data, count,
                          mpi_type(gathered.type), handle_, &request));
    return request;
  }).get();
}

void MpiCommunicator::all_to_all(Buffer mine, Buffer received) {
  check_host(mine);
  check_host(received);
  const auto ranks = static_cast<std::size_t>(size_);
  CT_INVARIANT(
      mine.count % ranks == 0 && received.count == mine.count && received.type == mine.type,
      "all_to_all of unequal parts");
  const int count = checked_count(mine.count / ranks);
  submit("all_to_all", [=, this] {
    MPI_Request request = MPI_REQUEST_NULL;
    CT_MPI(MPI_Ialltoall(mine.data, count, mpi_type(mine.type), received.data, count,
                         mpi_type(received.type), handle_, &request));
    return request;
  }).get();
}

void MpiCommunicator::barrier() { meet("barrier"); }

void MpiCommunicator::meet(const char* what) {
  submit(what, [this] {
    MPI_Request request = MPI_REQUEST_NULL;
    CT_MPI(MPI_Ibarrier(handle_, &request));
    return request;
  }).get();
}

void MpiCommunicator::meet_at_end(const char* what) noexcept {
  if (std::uncaught_exceptions() > 0) return;
  try {
    meet(what);
  } catch (const std::exception& error) {
    log::warn("{}: {}", what, error.what());
  }
}

std::unique_ptr<WorkCounter> MpiCommunicator::work_counter() {
  return std::make_unique<Counter>(*this);
}

void MpiCommunicator::finish(MPI_Request& request, const char* what) {
  MpiWorker::wait(request, [&](double waited_s) {
    watchdog_->count_look();
    const double limit = time_limit_s_;
    if (limit > 0 && waited_s > limit) stalled(what, waited_s);
  });
}

void MpiCommunicator::stalled(const char* what, double waited_s) {
  const Stall stall = watchdog_->diagnose();
  const auto stay_reachable = [this] {  // those that speak before this one ask for its count
    watchdog_->count_look();
    MpiWorker::make_progress();
  };
  if (wait_for_turn(stall.others_that_tell, stay_reachable)) {
    const std::string text = fmt::format(
        "codectrace: {}{} waits for {:.0f} s: {}; ending the job, as "
        "comm.stall_limit_s says\n",
        rank_prefix(), what, waited_s, stall.laggards);
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
  }
  abort(static_cast<int>(ExitCode::Environment));
}

void MpiCommunicator::abort(int exit_code) { abort_job(exit_code); }

}  // namespace codectrace::comm
