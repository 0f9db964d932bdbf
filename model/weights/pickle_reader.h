#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace codectrace::model {

/// One value of a pickle: data, never a Python object. Texts are views into the pickle's bytes.
struct PickleValue {
  enum class Kind {
    None,
    Bool,        ///< integer 0 or 1
    Integer,     ///< integer
    BigInteger,  ///< text: its bytes, two's complement, little-endian
    Real,        ///< real
    Text,        ///< text: UTF-8 as a rule; Python 2's are any bytes
    Bytes,       ///< text
    Tuple,       ///< items
    List,        ///< items
    Set,         ///< items
    Dict,        ///< items: key, value, key, value …
    Global,      ///< text: module, name: what of it. A class or function, by name alone
    Object,      ///< items: what would be called, its arguments, the states set on it
    Persistent   ///< items: the id of something that lies outside the pickle
  };
  Kind kind = Kind::None;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
  std::string_view name;
  std::vector<const PickleValue*> items;

  [[nodiscard]] bool is_global(std::string_view module, std::string_view global) const {
    return kind == Kind::Global && text == module && name == global;
  }
  /// Of a Dict: the value of a text key; nullptr if it has none.
  [[nodiscard]] const PickleValue* find(std::string_view key) const;
};

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

/// "an object of argparse.Namespace", "a list": for messages.
[[nodiscard]] std::string description(const PickleValue& value);

}  // namespace codectrace::model
