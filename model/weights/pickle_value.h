#pragma once

#include <cstdint>
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

/// "an object of argparse.Namespace", "a list": for messages.
[[nodiscard]] std::string description(const PickleValue& value);

}  // namespace codectrace::model
