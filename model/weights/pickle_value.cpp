#include "model/weights/pickle_value.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/utf8.h"

namespace codectrace::model {
namespace {

std::string class_name(const PickleValue& value) {
  if (value.kind != PickleValue::Kind::Global) return "something";
  return fmt::format("{}.{}", printable(value.text), printable(value.name));
}

}  // namespace

const PickleValue* PickleValue::find(std::string_view key) const {
  if (kind != Kind::Dict) return nullptr;
  for (std::size_t i = items.size(); i >= 2; i -= 2) {  // of two equal keys the later one holds
    if (items[i - 2]->kind == Kind::Text && items[i - 2]->text == key) return items[i - 1];
  }
  return nullptr;
}

std::string description(const PickleValue& value) {
  switch (value.kind) {
    using enum PickleValue::Kind;
    case None:
      return "None";
    case Bool:
      return "a truth value";
    case Integer:
    case BigInteger:
    case Real:
      return "a number";
    case Text:
      return "a text";
    case Bytes:
      return "bytes";
    case Tuple:
      return "a tuple";
    case List:
      return "a list";
    case Set:
      return "a set";
    case Dict:
      return "a dict";
    case Global:
      return class_name(value);
    case Object:
      return "an object of " + class_name(*value.items[0]);
    case Persistent:
      return "a reference";
  }
  invariant_failed("kind", "a kind of pickled value without a description");
}

}  // namespace codectrace::model
