#include "model/weights/pickle_machine.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "model/weights/pickle_op.h"
#include "model/weights/pickle_stack.h"

namespace codectrace::model {
namespace {

using Kind = PickleValue::Kind;
using Op = PickleOp;

/// Follows instructions, one after the other.
class Machine {
 public:
  Machine(ByteReader& input, std::deque<PickleValue>& values) : input_(input), stack_(values) {}

  const PickleValue* run() {
    while (true) {
      stack_.spend(1);
      const auto op = static_cast<Op>(input_.number<std::uint8_t>());
      if (op == Op::Stop) return stack_.pop();
      if (!push_atom(op) && !push_text(op) && !collect(op) && !make_object(op) && !remember(op)) {
        refuse_pickle(fmt::format("unknown instruction 0x{:02x} at byte {}",
                                  static_cast<unsigned>(op), input_.position() - 1));
      }
    }
  }

 private:
  void push_integer(std::int64_t integer) { stack_.push(Kind::Integer).integer = integer; }

  /// Numbers and constants.
  bool push_atom(Op op) {
    switch (op) {
      case Op::None:
        stack_.push(Kind::None);
        return true;
      case Op::NewTrue:
      case Op::NewFalse:
        stack_.push(Kind::Bool).integer = op == Op::NewTrue ? 1 : 0;
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
      stack_.push(Kind::Bool).integer = line == "01" ? 1 : 0;
      return;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || end != line.data() + line.size())
      refuse_pickle("a number that is none");
    push_integer(value);
  }

  void push_long(std::span<const std::byte> bytes) {
    std::uint64_t value = 0;
    if (bytes.size() > sizeof(value)) {
      stack_.push(Kind::BigInteger).text = as_text(bytes);
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
    stack_.push(Kind::Real).real = std::bit_cast<double>(bytes);
  }

  /// Texts and bytes, each behind its length.
  bool push_text(Op op) {
    switch (op) {
      case Op::ShortBinString:
      case Op::ShortBinUnicode:
        stack_.push(Kind::Text).text = input_.text(input_.number<std::uint8_t>());
        return true;
      case Op::BinString:
      case Op::BinUnicode:
        stack_.push(Kind::Text).text = input_.text(input_.number<std::uint32_t>());
        return true;
      case Op::BinUnicode8:
        stack_.push(Kind::Text).text = input_.text(input_.number<std::uint64_t>());
        return true;
      case Op::ShortBinBytes:
        stack_.push(Kind::Bytes).text = input_.text(input_.number<std::uint8_t>());
        return true;
      case Op::BinBytes:
        stack_.push(Kind::Bytes).text = input_.text(input_.number<std::uint32_t>());
        return true;
      case Op::BinBytes8:
      case Op::ByteArray8:
        stack_.push(Kind::Bytes).text = input_.text(input_.number<std::uint64_t>());
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
        stack_.push(kind_of(op));
        return true;
      case Op::Tuple:
      case Op::List:
      case Op::FrozenSet: {
        auto items = stack_.pop_mark();
        stack_.push(kind_of(op)).items = std::move(items);
        return true;
      }
      case Op::Dict: {
        const auto items = stack_.pop_mark();
        stack_.push(Kind::Dict);
        stack_.add_pairs(items);
        return true;
      }
      case Op::Tuple1:
      case Op::Tuple2:
      case Op::Tuple3:
        stack_.push_tuple(static_cast<std::size_t>(op) - static_cast<std::size_t>(Op::Tuple1) + 1);
        return true;
      case Op::Append: {
        const PickleValue* const item = stack_.pop();
        stack_.add_items({item});
        return true;
      }
      case Op::Appends:
      case Op::AddItems: {
        const auto items = stack_.pop_mark();
        stack_.add_items(items);
        return true;
      }
      case Op::SetItem: {
        const PickleValue* const value = stack_.pop();
        const PickleValue* const key = stack_.pop();
        stack_.add_pairs({key, value});
        return true;
      }
      case Op::SetItems: {
        const auto items = stack_.pop_mark();
        stack_.add_pairs(items);
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

  /// Names of classes and functions, and what would be made with them.
  bool make_object(Op op) {
    switch (op) {
      case Op::Global: {
        const auto module = input_.line();
        stack_.push_global(module, input_.line());
        return true;
      }
      case Op::StackGlobal: {
        const auto* const name = stack_.pop();
        const auto* const module = stack_.pop();
        if (name->kind != Kind::Text || module->kind != Kind::Text)
          refuse_pickle("a class whose name is no text");
        stack_.push_global(module->text, name->text);
        return true;
      }
      case Op::Reduce:
      case Op::NewObj: {
        const auto* const arguments = stack_.pop();
        const auto* const callee = stack_.pop();
        stack_.push_object(callee, arguments);
        return true;
      }
      case Op::NewObjEx: {
        stack_.pop();  // keyword arguments
        const auto* const arguments = stack_.pop();
        const auto* const callee = stack_.pop();
        stack_.push_object(callee, arguments);
        return true;
      }
      case Op::Inst: {
        auto arguments = stack_.pop_mark();
        const auto module = input_.line();
        stack_.push_global(module, input_.line());
        const auto* const callee = stack_.pop();
        stack_.push_object(callee, stack_.tuple_of(std::move(arguments)));
        return true;
      }
      case Op::Obj: {
        auto arguments = stack_.pop_mark();
        if (arguments.empty()) refuse_pickle("an object of no class");
        const auto* const callee = arguments.front();
        arguments.erase(arguments.begin());
        stack_.push_object(callee, stack_.tuple_of(std::move(arguments)));
        return true;
      }
      case Op::Build: {
        const auto* const state = stack_.pop();
        if (auto* const target = stack_.top(); target->kind == Kind::Object)
          target->items.push_back(state);
        return true;
      }
      case Op::BinPersid: {
        const auto* const id = stack_.pop();
        stack_.push(Kind::Persistent).items = {id};
        return true;
      }
      default:
        return false;
    }
  }

  /// The stack's own affairs and the memo.
  bool remember(Op op) {
    switch (op) {
      case Op::Proto:
        if (input_.number<std::uint8_t>() > 5) refuse_pickle("its protocol is newer than 5");
        return true;
      case Op::Frame:
        if (input_.number<std::uint64_t>() > input_.left()) refuse_pickle("a frame beyond its end");
        return true;
      case Op::Mark:
        stack_.mark();
        return true;
      case Op::PopMark:
        stack_.pop_mark();
        return true;
      case Op::Pop:
        stack_.pop();
        return true;
      case Op::Dup:
        stack_.duplicate();
        return true;
      case Op::BinPut:
        stack_.keep(input_.number<std::uint8_t>());
        return true;
      case Op::LongBinPut:
        stack_.keep(input_.number<std::uint32_t>());
        return true;
      case Op::Memoize:
        stack_.keep_next();
        return true;
      case Op::BinGet:
        stack_.recall(input_.number<std::uint8_t>());
        return true;
      case Op::LongBinGet:
        stack_.recall(input_.number<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  ByteReader& input_;
  PickleStack stack_;
};

}  // namespace

const PickleValue* follow_pickle(ByteReader& input, std::deque<PickleValue>& values) {
  return Machine(input, values).run();
}

}  // namespace codectrace::model
