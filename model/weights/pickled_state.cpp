#include "model/weights/pickled_state.h"

#include <array>
#include <set>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/utf8.h"

namespace codectrace::model {
namespace {

using Kind = PickleValue::Kind;

constexpr std::array<std::string_view, 3> kStateKeys{"model", "state_dict", "model_state_dict"};
constexpr std::size_t kMostEntries = 100'000;

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorKind::BadData, what); }

bool is_made_by(const PickleValue& value, std::string_view module, std::string_view function) {
  return value.kind == Kind::Object && value.items[0]->is_global(module, function);
}

/// Also one of a kind that we don't read.
bool is_tensor(const PickleValue& value) {
  return value.kind == Kind::Object && value.items[0]->kind == Kind::Global &&
         value.items[0]->text.starts_with("torch.") &&
         value.items[0]->name.starts_with("_rebuild_");
}

bool has_tensors(const PickleValue* value) {
  if (value == nullptr || value->kind != Kind::Dict) return false;
  for (std::size_t i = 1; i < value->items.size(); i += 2) {
    if (is_tensor(*value->items[i])) return true;
  }
  return false;
}

/// For the message about a file without weights.
std::string contents_of(const PickleValue& root) {
  if (root.kind == Kind::Object) {
    return fmt::format("it holds {} as a whole; save what state_dict() returns instead",
                       description(root));
  }
  if (root.kind != Kind::Dict) return fmt::format("it holds {}", description(root));
  constexpr std::size_t kShown = 12;
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < root.items.size() && entries.size() < kShown; i += 2) {
    const auto& key = *root.items[i];
    entries.push_back(fmt::format("{} ({})",
                                  key.kind == Kind::Text ? printable(key.text) : description(key),
                                  description(*root.items[i + 1])));
  }
  return fmt::format("it holds a dict of {}{}",
                     entries.empty() ? "nothing" : fmt::format("{}", fmt::join(entries, ", ")),
                     root.items.size() > 2 * kShown ? ", …" : "");
}

const PickleValue& find_state(const PickleValue& root) {
  for (const auto key : kStateKeys) {
    if (const auto* state = root.find(key); has_tensors(state)) return *state;
  }
  if (has_tensors(&root)) return root;
  fail(fmt::format("has no state_dict, neither as a whole nor under {}: {}",
                   fmt::join(kStateKeys, ", "), contents_of(root)));
}

/// The i-th argument that an object would be made with.
const PickleValue& argument(const PickleValue& object, std::size_t i) {
  const auto& arguments = *object.items[1];
  if (arguments.kind != Kind::Tuple || arguments.items.size() <= i)
    fail(fmt::format("{} lacks an argument", description(object)));
  return *arguments.items[i];
}

std::int64_t integer(const PickleValue& value) {
  if (value.kind != Kind::Integer)
    fail(fmt::format("has {} where a number should be", description(value)));
  return value.integer;
}

/// A shape or strides; what is of an impossible length isn't copied.
std::vector<std::int64_t> integers(const PickleValue& value) {
  const auto& list = is_made_by(value, "torch", "Size") ? argument(value, 0) : value;
  if (list.kind != Kind::Tuple && list.kind != Kind::List)
    fail(fmt::format("has {} where sizes should be", description(list)));
  if (list.items.size() > kMostDimensions)
    fail(fmt::format("has {} dimensions", list.items.size()));
  std::vector<std::int64_t> numbers;
  for (const auto* item : list.items) numbers.push_back(integer(*item));
  return numbers;
}

/// The tensor inside a parameter, however often it is wrapped.
const PickleValue& unwrapped(const PickleValue& value) {
  constexpr int kDeepest = 4;
  const PickleValue* inner = &value;
  for (int i = 0; i < kDeepest; ++i) {
    const bool is_parameter = is_made_by(*inner, "torch._utils", "_rebuild_parameter") ||
                              is_made_by(*inner, "torch._utils", "_rebuild_parameter_with_state");
    if (!is_parameter) return *inner;
    inner = &argument(*inner, 0);
  }
  fail("has parameters in parameters");
}

StoredTensor read_tensor(const std::string& name, const PickleValue& value,
                         const FindStorage& find_storage) {
  const auto& tensor = unwrapped(value);
  if (!is_made_by(tensor, "torch._utils", "_rebuild_tensor_v2") &&
      !is_made_by(tensor, "torch._utils", "_rebuild_tensor")) {
    fail(fmt::format("is {}, a kind of tensor that isn't supported", description(tensor)));
  }
  const auto storage = pickled_storage(argument(tensor, 0));
  return checked_tensor(name, storage.type, integers(argument(tensor, 2)),
                        integers(argument(tensor, 3)), find_storage(storage),
                        integer(argument(tensor, 1)));
}

}  // namespace

PickledStorage pickled_storage(const PickleValue& value) {
  if (value.kind != Kind::Persistent || value.items[0]->kind != Kind::Tuple)
    fail(fmt::format("has {} where a storage should be", description(value)));
  const auto& id = value.items[0]->items;
  constexpr std::size_t kFields = 5;
  if (id.size() < kFields || id[0]->text != "storage" || id[1]->kind != Kind::Global ||
      id[2]->kind != Kind::Text) {
    fail("has a reference to something else than a storage");
  }
  const auto* type = find_element_type(&ElementTypeInfo::storage, id[1]->name);
  if (type == nullptr || !(id[1]->text == "torch" || id[1]->text == "torch.cuda"))
    fail(fmt::format("has elements of {}, which aren't supported", description(*id[1])));
  return {.type = type->type,
          .key = id[2]->text,
          .elements = integer(*id[4]),
          .part = id.size() > kFields ? id[kFields] : nullptr};
}

void read_pickled_state(const PickleValue& root, const FindStorage& find_storage,
                        WeightIndex& index) {
  const auto& state = find_state(root);
  if (state.items.size() / 2 > kMostEntries)
    fail(fmt::format("has {} entries, more than any state_dict", state.items.size() / 2));
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < state.items.size(); i += 2) {
    const auto& key = *state.items[i];
    const auto& value = *state.items[i + 1];
    const auto shown = key.kind == Kind::Text ? printable(key.text) : description(key);
    if (key.kind != Kind::Text || !is_tensor(value)) {
      index.others.push_back(fmt::format("{} ({})", shown, description(value)));
      continue;
    }
    if (!names.insert(key.text).second) fail(fmt::format("has two tensors {}", shown));
    try {
      index.tensors.push_back(read_tensor(std::string(key.text), value, find_storage));
    } catch (const Error& error) {
      throw error.within(fmt::format("tensor {}", shown));
    }
  }
}

}  // namespace codectrace::model
