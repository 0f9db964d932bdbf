#pragma once

#include <cstddef>
#include <deque>
#include <span>

#include "model/weights/pickle_value.h"

namespace codectrace::model {

/// A Python pickle, parsed and never run: nothing is imported or called, whatever the file names.
/// Dictionaries of the standard library (OrderedDict, defaultdict) become Dicts; every other object
/// (argparse.Namespace, omegaconf's, enums, functions …) stays an inert Object that says what it
/// would have been.
///
/// Protocols 1 to 5 (https://docs.python.org/3/library/pickletools.html), without what no file of
/// weights has: protocol 0's texts with escapes, extension codes, buffers outside the pickle.
class Pickle {
 public:
  /// Reads one pickle off the front of `bytes`, which outlive it.
  /// @throws Error(BadData): no pickle, truncated, contradicts itself, or has more than four
  /// million
  ///         instructions (weights of a thousand tensors have about forty thousand), which bounds
  ///         time and memory. Nesting costs no stack
  explicit Pickle(std::span<const std::byte> bytes);
  Pickle(Pickle&&) = default;  // a copy's values would point into the original

  [[nodiscard]] static bool looks_like_one(std::span<const std::byte> bytes);

  [[nodiscard]] const PickleValue& root() const { return *root_; }
  /// All values in the order in which they were made, those that nothing refers to as well.
  [[nodiscard]] const std::deque<PickleValue>& values() const { return values_; }
  /// Bytes that it takes: where the next thing in the file begins.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::deque<PickleValue> values_;
  const PickleValue* root_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace codectrace::model
