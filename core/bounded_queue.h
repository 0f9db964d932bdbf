#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace codectrace {

/// Hand-over between threads with a bound on what waits. A producer's exception reaches the
/// consumer after what was pushed before it. All members are thread safe.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. False: the consumer has closed the queue, so stop producing.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return items_.size() < capacity_ || closed_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }

  /// Waits for an item. Empty: finished and drained.
  /// @throws what fail() was given, once everything pushed before it is taken
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return !items_.empty() || finished_ || closed_; });
    if (items_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return std::nullopt;
    }
    T item = std::move(items_.front());
    items_.pop_front();
    room_.notify_one();
    return item;
  }

  /// The producer's end: nothing more comes.
  void finish() { end(nullptr); }
  /// The producer's end by an error, usually std::current_exception().
  void fail(std::exception_ptr failure) { end(std::move(failure)); }

  /// The consumer's end: waiting and later pushes return false, what is left is dropped.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    items_.clear();
    room_.notify_all();
    filled_.notify_all();
  }

 private:
  void end(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    failure_ = std::move(failure);
    filled_.notify_all();
  }

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable filled_;
  std::deque<T> items_;
  std::exception_ptr failure_;
  bool finished_ = false;
  bool closed_ = false;
};

}  // namespace codectrace
