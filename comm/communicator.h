#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.h"

namespace codectrace::comm {

enum class DataType { Byte, Int32, Int64, UInt64, Float32, Float64, BFloat16 };
enum class Device { Host, Cuda };
enum class Reduce { Sum, Min, Max };

[[nodiscard]] std::size_t size_of(DataType type);

/// Memory that a collective reads and writes; not owned. A tensor's data pointer fits.
struct Buffer {
  void* data = nullptr;
  std::size_t count = 0;  ///< elements
  DataType type = DataType::Byte;
  Device device = Device::Host;
};

template <class T>
constexpr DataType data_type_of() {
  if constexpr (std::is_same_v<T, float>) return DataType::Float32;
  if constexpr (std::is_same_v<T, double>) return DataType::Float64;
  if constexpr (std::is_same_v<T, std::int32_t>) return DataType::Int32;
  if constexpr (std::is_same_v<T, std::int64_t>) return DataType::Int64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return DataType::UInt64;
  if constexpr (std::is_same_v<T, std::byte> || std::is_same_v<T, char>) return DataType::Byte;
}

template <class T>
Buffer buffer(std::span<T> values) {
  return {values.data(), values.size(), data_type_of<T>(), Device::Host};
}

/// A collective under way. Its buffer must live, untouched, until wait() has returned. Dropped
/// without wait(), the collective still runs to its end: other ranks count on it.
class Pending {
 public:
  struct State {
    virtual ~State() = default;
    virtual double wait() = 0;
  };
  Pending() = default;  ///< already done
  explicit Pending(std::shared_ptr<State> state) : state_(std::move(state)) {}

  /// Returns when the result is in the buffer; for device memory, when the device's current stream
  /// is ordered after it.
  /// @returns seconds that the collective was under way, from its turn to its end; 0 where that
  ///          isn't known: for device memory, and without other ranks
  /// @throws Error(Environment) if the collective failed
  double wait() {
    const auto state = std::move(state_);
    return state ? state->wait() : 0;
  }

 private:
  std::shared_ptr<State> state_;
};

/// Numbers handed out over all ranks: a slow rank simply takes fewer.
class WorkCounter {
 public:
  virtual ~WorkCounter() = default;
  /// 0, 1, 2, …: each number goes to exactly one rank. Not collective: ranks call it at will.
  [[nodiscard]] virtual std::uint64_t next() = 0;
};

/// The ranks of a job, or of a group within it. Collectives are called by every rank in the same
/// order with equal counts, types and operations; they run in that order. Call from one thread at a
/// time.
///
/// Implementations: self (one rank, no library), mpi (host memory), nccl (device memory; host
/// memory goes through mpi).
class Communicator {
 public:
  virtual ~Communicator() = default;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  [[nodiscard]] bool is_root() const { return rank() == 0; }
  /// Position among the ranks of this machine: chooses the device.
  [[nodiscard]] virtual int local_rank() const = 0;
  [[nodiscard]] virtual int local_size() const = 0;
  /// "self", "mpi" or "nccl"
  [[nodiscard]] virtual std::string name() const = 0;

  /// Collective: each element becomes the sum (min, max) over ranks, in place, on every rank. The
  /// result has the same bits on every rank, and on every run with the same number of ranks.
  [[nodiscard]] virtual Pending all_reduce(Buffer values, Reduce operation) = 0;
  /// Collective: every rank gets the root's values.
  virtual void broadcast(Buffer values, int root) = 0;
  /// Collective: `gathered` holds size() · mine.count elements, rank by rank.
  virtual void all_gather(Buffer mine, Buffer gathered) = 0;
  /// Collective: `mine` holds size() parts of equal count, the r-th for rank r; `received` gets
  /// what each rank has for this one, rank by rank. Host memory only.
  virtual void all_to_all(Buffer mine, Buffer received) = 0;
  /// Collective: returns when every rank has called it.
  virtual void barrier() = 0;

  /// Collective, as is its destruction: work shared out over all ranks. One counter at a time.
  [[nodiscard]] virtual std::unique_ptr<WorkCounter> work_counter() = 0;

  /// Collective: the ranks that give one `color` by themselves, in the order that they have here.
  /// A group has collectives, a work counter and a time limit (none at first) of its own; its
  /// abort() ends all ranks of the job, and local_rank() and local_size() are those of the job.
  ///
  /// A rank is in one group at a time, and a group has no groups. This one must outlive it. None
  /// of its collectives may be under way when it is destroyed, which is collective over the group.
  /// @param color  0 or more
  [[nodiscard]] virtual std::unique_ptr<Communicator> split(int color) = 0;

  /// How long a collective may wait for other ranks before the job is ended with a message that
  /// names those that lag behind; 0, the default, for ever.
  virtual void set_time_limit(double seconds) = 0;

  /// Ends all ranks at once, this one included; only for main's catch and the watchdog.
  [[noreturn]] virtual void abort(int exit_code) = 0;

  // Conveniences on host memory.
  template <class T>
  Pending all_reduce_sum(std::span<T> values) {
    return all_reduce(buffer(values), Reduce::Sum);
  }
  template <class T>
  Pending all_reduce_sum(std::vector<T>& values) {
    return all_reduce_sum(std::span<T>(values));
  }

  template <class T>
  [[nodiscard]] T reduced(T value, Reduce operation) {
    all_reduce(buffer(std::span<T>(&value, 1)), operation).wait();
    return value;
  }
  /// True on all ranks if it is on any.
  [[nodiscard]] bool any(bool value) {
    return reduced<std::int32_t>(value ? 1 : 0, Reduce::Max) != 0;
  }
  template <class T>
  [[nodiscard]] std::vector<T> gathered(T value) {
    std::vector<T> values(static_cast<std::size_t>(size()));
    all_gather(buffer(std::span<T>(&value, 1)), buffer(std::span<T>(values)));
    return values;
  }
  /// Every rank's text, rank by rank. Collective.
  [[nodiscard]] std::vector<std::string> gathered_texts(const std::string& mine);
};

}  // namespace codectrace::comm
