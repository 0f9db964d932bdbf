#include "model/weights/pickle_stack.h"

#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMostSteps = 4'000'000;

bool is_dictionary_class(const PickleValue& value) {
  return value.is_global("collections", "OrderedDict") ||
         value.is_global("collections", "defaultdict") || value.is_global("builtins", "dict") ||
         value.is_global("__builtin__", "dict");
}

}  // namespace

void refuse_pickle(const std::string& what) {
  throw Error(ErrorKind::BadData, "has a corrupt pickle: " + what);
}

void PickleStack::spend(std::size_t steps) {
  spent_ += steps;
  if (spent_ > kMostSteps) refuse_pickle(fmt::format("more than {} steps", kMostSteps));
}

PickleValue& PickleStack::push(Kind kind) {
  auto& value = values_.emplace_back();
  value.kind = kind;
  stack_.push_back(&value);
  return value;
}

std::vector<const PickleValue*> PickleStack::take(std::size_t begin) {
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(begin);
  std::vector<const PickleValue*> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  return items;
}

void PickleStack::push_tuple(std::size_t count) {
  if (stack_.size() - floor() < count) refuse_pickle("it takes from an empty stack");
  auto items = take(stack_.size() - count);
  push(Kind::Tuple).items = std::move(items);
}

void PickleStack::push_global(std::string_view module, std::string_view name) {
  auto& global = push(Kind::Global);
  global.text = module;
  global.name = name;
}

void PickleStack::push_object(const PickleValue* callee, const PickleValue* arguments) {
  if (is_dictionary_class(*callee)) {
    push(Kind::Dict);
    add_initial_pairs(*arguments);
    return;
  }
  push(Kind::Object).items = {callee, arguments};
}

/// OrderedDict([[key, value], …]), as Python 2 writes it.
void PickleStack::add_initial_pairs(const PickleValue& arguments) {
  if (arguments.items.empty() || arguments.items[0]->kind != Kind::List) return;
  spend(arguments.items[0]->items.size());
  for (const auto* pair : arguments.items[0]->items) {
    if (pair->items.size() != 2) refuse_pickle("a key without a value");
    add_pairs(pair->items);
  }
}

const PickleValue* PickleStack::tuple_of(std::vector<const PickleValue*> items) {
  auto& tuple = values_.emplace_back();
  tuple.kind = Kind::Tuple;
  tuple.items = std::move(items);
  return &tuple;
}

PickleValue* PickleStack::top() const {
  if (stack_.size() <= floor()) refuse_pickle("it takes from an empty stack");
  return stack_.back();
}

PickleValue* PickleStack::pop() {
  auto* const value = top();
  stack_.pop_back();
  return value;
}

std::vector<const PickleValue*> PickleStack::pop_mark() {
  if (marks_.empty()) refuse_pickle("it takes up to a mark where there is none");
  auto items = take(marks_.back());
  marks_.pop_back();
  return items;
}

void PickleStack::add_items(const std::vector<const PickleValue*>& items) {
  auto* const target = top();
  if (target->kind == Kind::Object) return;
  if (target->kind != Kind::List && target->kind != Kind::Set)
    refuse_pickle("it appends to no list");
  target->items.insert(target->items.end(), items.begin(), items.end());
}

void PickleStack::add_pairs(const std::vector<const PickleValue*>& items) {
  auto* const target = top();
  if (items.size() % 2 != 0) refuse_pickle("a key without a value");
  if (target->kind == Kind::Object) return;
  if (target->kind != Kind::Dict) refuse_pickle("it sets an item of no dict");
  target->items.insert(target->items.end(), items.begin(), items.end());
}

void PickleStack::recall(std::uint32_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) refuse_pickle(fmt::format("it recalls {}, which it never kept", index));
  stack_.push_back(found->second);
}

}  // namespace codectrace::model
