#include "model/weights/pickle_reader.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <string>
#include <unordered_map>

#include <fmt/format.h>

#include "core/error.h"
#include "core/utf8.h"
#include "model/weights/byte_reader.h"

namespace codectrace::model {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMostSteps = 4'000'000;

/// Instructions, named as in Python's pickletools.
enum class Op : std::uint8_t {
  Mark = '(',
  Stop = '.',
  Pop = '0',
  PopMark = '1',
  Dup = '2',
  BinBytes = 'B',
  ShortBinBytes = 'C',
  BinFloat = 'G',
  Int = 'I',
  BinInt = 'J',
  BinInt1 = 'K',
  BinInt2 = 'M',
  None = 'N',
  BinPersid = 'Q',
  Reduce = 'R',
  BinString = 'T',
  ShortBinString = 'U',
  BinUnicode = 'X',
  EmptyList = ']',
  Append = 'a',
  Build = 'b',
  Global = 'c',
  Dict = 'd',
  EmptyDict = '}',
  Appends = 'e',
  BinGet = 'h',
  Inst = 'i',
  LongBinGet = 'j',
  List = 'l',
  Obj = 'o',
  BinPut = 'q',
  LongBinPut = 'r',
  SetItem = 's',
  Tuple = 't',
  EmptyTuple = ')',
  SetItems = 'u',
  Proto = 0x80,
  NewObj = 0x81,
  Tuple1 = 0x85,
  Tuple2 = 0x86,
  Tuple3 = 0x87,
  NewTrue = 0x88,
  NewFalse = 0x89,
  Long1 = 0x8A,
  Long4 = 0x8B,
  ShortBinUnicode = 0x8C,
  BinUnicode8 = 0x8D,
  BinBytes8 = 0x8E,
  EmptySet = 0x8F,
  AddItems = 0x90,
  FrozenSet = 0x91,
  NewObjEx = 0x92,
  StackGlobal = 0x93,
  Memoize = 0x94,
  Frame = 0x95,
  ByteArray8 = 0x96
};

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::BadData, "has a corrupt pickle: " + what);
}

bool is_dictionary_class(const PickleValue& value) {
  return value.is_global("collections", "OrderedDict") ||
         value.is_global("collections", "defaultdict") || value.is_global("builtins", "dict") ||
         value.is_global("__builtin__", "dict");
}

/// The stack machine. What it makes lives in `values`; the stack and the memo point there.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, std::deque<PickleValue>& values)
      : input_(bytes), values_(values) {}

  const PickleValue* run() {
    while (true) {
      spend(1);
      const auto op = static_cast<Op>(input_.number<std::uint8_t>());
      if (op == Op::Stop) return pop();
      if (!push_atom(op) && !push_text(op) && !collect(op) && !make_object(op) && !remember(op)) {
        fail(fmt::format("unknown instruction 0x{:02x} at byte {}", static_cast<unsigned>(op),
                         input_.position() - 1));
      }
    }
  }

  [[nodiscard]] std::size_t position() const { return input_.position(); }

 private:
  /// Time and memory are a small multiple of the steps: instructions, and pairs copied.
  void spend(std::size_t steps) {
    spent_ += steps;
    if (spent_ > kMostSteps) fail(fmt::format("more than {} steps", kMostSteps));
  }

  PickleValue& push(Kind kind) {
    auto& value = values_.emplace_back();
    value.kind = kind;
    stack_.push_back(&value);
    return value;
  }
  void push_integer(std::int64_t integer) { push(Kind::Integer).integer = integer; }

  /// The stack above the innermost mark, or all of it.
  [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  PickleValue* top() {
    if (stack_.size() <= floor()) fail("it takes from an empty stack");
    return stack_.back();
  }
  PickleValue* pop() {
    auto* value = top();
    stack_.pop_back();
    return value;
  }
  /// Everything above the innermost mark, which goes too.
  std::vector<const PickleValue*> pop_mark() {
    if (marks_.empty()) fail("it takes up to a mark where there is none");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<const PickleValue*> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  /// Numbers and constants.
  bool push_atom(Op op) {
    switch (op) {
      case Op::None:
        push(Kind::None);
        return true;
      case Op::NewTrue:
      case Op::NewFalse:
        push(Kind::Bool).integer = op == Op::NewTrue ? 1 : 0;
        return true;
      case Op::BinInt:
        push_integer(input_.number<std::int32_t>());
        return true;
      case Op::BinInt1:
        push_integer(input_.number<std::uint8_t>());
        return true;
      case Op::BinInt2:
        push_integer(input_.number<std::uint16_t>());
        return true;
      case Op::Int:
        push_decimal(input_.line());
        return true;
      case Op::Long1:
        push_long(input_.take(input_.number<std::uint8_t>()));
        return true;
      case Op::Long4:
        push_long(input_.take(input_.number<std::uint32_t>()));
        return true;
      case Op::BinFloat:
        push_real(input_.take(sizeof(double)));
        return true;
      default:
        return false;
    }
  }

  /// Python 2's way for what doesn't fit 32 bits, and for booleans.
  void push_decimal(std::string_view line) {
    if (line == "00" || line == "01") {
      push(Kind::Bool).integer = line == "01" ? 1 : 0;
      return;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || end != line.data() + line.size()) fail("a number that is none");
    push_integer(value);
  }

  void push_long(std::span<const std::byte> bytes) {
    std::uint64_t value = 0;
    if (bytes.size() > sizeof(value)) {
      push(Kind::BigInteger).text = as_text(bytes);
      return;
    }
    const bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0};
    if (negative) value = ~std::uint64_t{0};
    std::memcpy(&value, bytes.data(), bytes.size());
    push_integer(static_cast<std::int64_t>(value));
  }

  void push_real(std::span<const std::byte> big_endian) {
    std::array<std::byte, sizeof(double)> bytes{};
    std::ranges::reverse_copy(big_endian, bytes.begin());
    push(Kind::Real).real = std::bit_cast<double>(bytes);
  }

  /// Texts and bytes, each behind its length.
  bool push_text(Op op) {
    switch (op) {
      case Op::ShortBinString:
      case Op::ShortBinUnicode:
        push(Kind::Text).text = input_.text(input_.number<std::uint8_t>());
        return true;
      case Op::BinString:
      case Op::BinUnicode:
        push(Kind::Text).text = input_.text(input_.number<std::uint32_t>());
        return true;
      case Op::BinUnicode8:
        push(Kind::Text).text = input_.text(input_.number<std::uint64_t>());
        return true;
      case Op::ShortBinBytes:
        push(Kind::Bytes).text = input_.text(input_.number<std::uint8_t>());
        return true;
      case Op::BinBytes:
        push(Kind::Bytes).text = input_.text(input_.number<std::uint32_t>());
        return true;
      case Op::BinBytes8:
      case Op::ByteArray8:
        push(Kind::Bytes).text = input_.text(input_.number<std::uint64_t>());
        return true;
      default:
        return false;
    }
  }

  /// Tuples, lists, sets and dicts.
  bool collect(Op op) {
    switch (op) {
      case Op::EmptyTuple:
      case Op::EmptyList:
      case Op::EmptySet:
      case Op::EmptyDict:
        push(kind_of(op));
        return true;
      case Op::Tuple:
      case Op::List:
      case Op::FrozenSet: {
        auto items = pop_mark();
        push(kind_of(op)).items = std::move(items);
        return true;
      }
      case Op::Dict: {
        const auto items = pop_mark();
        push(Kind::Dict);
        add_pairs(items);
        return true;
      }
      case Op::Tuple1:
      case Op::Tuple2:
      case Op::Tuple3:
        push_tuple(static_cast<std::size_t>(op) - static_cast<std::size_t>(Op::Tuple1) + 1);
        return true;
      case Op::Append: {
        const PickleValue* const item = pop();
        add_items({item});
        return true;
      }
      case Op::Appends:
      case Op::AddItems: {
        const auto items = pop_mark();
        add_items(items);
        return true;
      }
      case Op::SetItem: {
        const PickleValue* const value = pop();
        const PickleValue* const key = pop();
        add_pairs({key, value});
        return true;
      }
      case Op::SetItems: {
        const auto items = pop_mark();
        add_pairs(items);
        return true;
      }
      default:
        return false;
    }
  }

  static Kind kind_of(Op op) {
    switch (op) {
      case Op::EmptyList:
      case Op::List:
        return Kind::List;
      case Op::EmptySet:
      case Op::FrozenSet:
        return Kind::Set;
      case Op::EmptyDict:
        return Kind::Dict;
      default:
        return Kind::Tuple;
    }
  }

  void push_tuple(std::size_t count) {
    if (stack_.size() - floor() < count) fail("it takes from an empty stack");
    const auto begin = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<const PickleValue*> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    push(Kind::Tuple).items = std::move(items);
  }

  /// To the list or set on top. What an unknown object would do with them nobody knows.
  void add_items(const std::vector<const PickleValue*>& items) {
    auto* const target = top();
    if (target->kind == Kind::Object) return;
    if (target->kind != Kind::List && target->kind != Kind::Set) fail("it appends to no list");
    target->items.insert(target->items.end(), items.begin(), items.end());
  }

  void add_pairs(const std::vector<const PickleValue*>& items) {
    auto* const target = top();
    if (items.size() % 2 != 0) fail("a key without a value");
    if (target->kind == Kind::Object) return;
    if (target->kind != Kind::Dict) fail("it sets an item of no dict");
    target->items.insert(target->items.end(), items.begin(), items.end());
  }

  /// Names of classes and functions, and what would be made with them.
  bool make_object(Op op) {
    switch (op) {
      case Op::Global: {
        const auto module = input_.line();
        push_global(module, input_.line());
        return true;
      }
      case Op::StackGlobal: {
        const auto* const name = pop();
        const auto* const module = pop();
        if (name->kind != Kind::Text || module->kind != Kind::Text)
          fail("a class whose name is no text");
        push_global(module->text, name->text);
        return true;
      }
      case Op::Reduce:
      case Op::NewObj: {
        const auto* const arguments = pop();
        const auto* const callee = pop();
        push_object(callee, arguments);
        return true;
      }
      case Op::NewObjEx: {
        pop();  // keyword arguments
        const auto* const arguments = pop();
        const auto* const callee = pop();
        push_object(callee, arguments);
        return true;
      }
      case Op::Inst: {
        auto arguments = pop_mark();
        const auto module = input_.line();
        push_global(module, input_.line());
        const auto* const callee = pop();
        push_object(callee, tuple_of(std::move(arguments)));
        return true;
      }
      case Op::Obj: {
        auto arguments = pop_mark();
        if (arguments.empty()) fail("an object of no class");
        const auto* const callee = arguments.front();
        arguments.erase(arguments.begin());
        push_object(callee, tuple_of(std::move(arguments)));
        return true;
      }
      case Op::Build: {
        const auto* const state = pop();
        if (auto* const target = top(); target->kind == Kind::Object)
          target->items.push_back(state);
        return true;
      }
      case Op::BinPersid: {
        const auto* const id = pop();
        push(Kind::Persistent).items = {id};
        return true;
      }
      default:
        return false;
    }
  }

  void push_global(std::string_view module, std::string_view name) {
    auto& global = push(Kind::Global);
    global.text = module;
    global.name = name;
  }

  const PickleValue* tuple_of(std::vector<const PickleValue*> items) {
    auto& tuple = values_.emplace_back();
    tuple.kind = Kind::Tuple;
    tuple.items = std::move(items);
    return &tuple;
  }

  void push_object(const PickleValue* callee, const PickleValue* arguments) {
    if (is_dictionary_class(*callee)) {
      push(Kind::Dict);
      add_initial_pairs(*arguments);
      return;
    }
    push(Kind::Object).items = {callee, arguments};
  }

  /// OrderedDict([[key, value], …]), as Python 2 writes it.
  void add_initial_pairs(const PickleValue& arguments) {
    if (arguments.items.empty() || arguments.items[0]->kind != Kind::List) return;
    spend(arguments.items[0]->items.size());
    for (const auto* pair : arguments.items[0]->items) {
      if (pair->items.size() != 2) fail("a key without a value");
      add_pairs(pair->items);
    }
  }

  /// The stack's own affairs and the memo.
  bool remember(Op op) {
    switch (op) {
      case Op::Proto:
        if (input_.number<std::uint8_t>() > 5) fail("its protocol is newer than 5");
        return true;
      case Op::Frame:
        if (input_.number<std::uint64_t>() > input_.left()) fail("a frame beyond its end");
        return true;
      case Op::Mark:
        marks_.push_back(stack_.size());
        return true;
      case Op::PopMark:
        pop_mark();
        return true;
      case Op::Pop:
        pop();
        return true;
      case Op::Dup:
        stack_.push_back(top());
        return true;
      case Op::BinPut:
        memo_[input_.number<std::uint8_t>()] = top();
        return true;
      case Op::LongBinPut:
        memo_[input_.number<std::uint32_t>()] = top();
        return true;
      case Op::Memoize:
        memo_[static_cast<std::uint32_t>(memo_.size())] = top();
        return true;
      case Op::BinGet:
        recall(input_.number<std::uint8_t>());
        return true;
      case Op::LongBinGet:
        recall(input_.number<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  void recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail(fmt::format("it recalls {}, which it never kept", index));
    stack_.push_back(found->second);
  }

  ByteReader input_;
  std::deque<PickleValue>& values_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;  // sizes of the stack
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
  std::size_t spent_ = 0;
};

std::string class_name(const PickleValue& value) {
  if (value.kind != Kind::Global) return "something";
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

Pickle::Pickle(std::span<const std::byte> bytes) {
  Machine machine(bytes, values_);
  root_ = machine.run();
  size_ = machine.position();
}

bool Pickle::looks_like_one(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == static_cast<std::byte>(Op::Proto) &&
         bytes[1] <= std::byte{5};
}

std::string description(const PickleValue& value) {
  switch (value.kind) {
    case Kind::None:
      return "None";
    case Kind::Bool:
      return "a truth value";
    case Kind::Integer:
    case Kind::BigInteger:
    case Kind::Real:
      return "a number";
    case Kind::Text:
      return "a text";
    case Kind::Bytes:
      return "bytes";
    case Kind::Tuple:
      return "a tuple";
    case Kind::List:
      return "a list";
    case Kind::Set:
      return "a set";
    case Kind::Dict:
      return "a dict";
    case Kind::Global:
      return class_name(value);
    case Kind::Object:
      return "an object of " + class_name(*value.items[0]);
    case Kind::Persistent:
      return "a reference";
  }
  invariant_failed("kind", "a kind of pickled value without a description");
}

}  // namespace codectrace::model
