#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights/pickle_value.h"

namespace codectrace::model {

/// @throws Error(BadData)
[[noreturn]] void refuse_pickle(const std::string& what);

/// The stack and memo that a pickle's instructions work on. Values live in a deque of the owner;
/// all of this points there.
/// @throws Error(BadData) wherever an instruction asks for what isn't there
class PickleStack {
 public:
  explicit PickleStack(std::deque<PickleValue>& values) : values_(values) {}

  /// Time and memory are a small multiple of the steps: instructions, and pairs copied.
  void spend(std::size_t steps);

  PickleValue& push(PickleValue::Kind kind);
  void push_tuple(std::size_t count);  ///< of the values on top, which go
  void push_global(std::string_view module, std::string_view name);
  /// What a callee would make of its arguments: a Dict if it is a dictionary of the standard
  /// library, else an inert Object.
  void push_object(const PickleValue* callee, const PickleValue* arguments);
  const PickleValue* tuple_of(std::vector<const PickleValue*> items);

  [[nodiscard]] PickleValue* top() const;
  PickleValue* pop();
  void duplicate() { stack_.push_back(top()); }

  void mark() { marks_.push_back(stack_.size()); }
  /// Everything above the innermost mark, which goes too.
  std::vector<const PickleValue*> pop_mark();

  /// To the list or set on top. What an unknown object would do with them nobody knows.
  void add_items(const std::vector<const PickleValue*>& items);
  /// To the dict on top: key, value, key, value …
  void add_pairs(const std::vector<const PickleValue*>& items);

  void keep(std::uint32_t index) { memo_[index] = top(); }
  void keep_next() { keep(static_cast<std::uint32_t>(memo_.size())); }
  void recall(std::uint32_t index);

 private:
  [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  std::vector<const PickleValue*> take(std::size_t begin);
  void add_initial_pairs(const PickleValue& arguments);

  std::deque<PickleValue>& values_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;              // sizes of the stack
  std::map<std::uint32_t, PickleValue*> memo_;  // ordered: a file could make hashes collide
  std::size_t spent_ = 0;
};

}  // namespace codectrace::model
