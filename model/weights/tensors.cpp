#include "model/weights/tensors.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/error.h"

namespace codectrace::model {
namespace {

/// In the order of ElementType's enumerators.
constexpr std::array kScalarTypes{
    torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
    torch::kInt32,   torch::kInt16,   torch::kInt8,    torch::kUInt8,    torch::kBool};
static_assert(kScalarTypes.size() == kElementTypes.size());

torch::ScalarType scalar_type(ElementType type) {
  return kScalarTypes[static_cast<std::size_t>(type)];
}

bool is_aligned(const StoredTensor& stored) {
  return reinterpret_cast<std::uintptr_t>(stored.bytes.data()) % info(stored.type).size == 0;
}

}  // namespace

StoredTensor stored_view(const NamedTensor& named) {
  const auto& tensor = named.tensor;
  const auto type = std::ranges::find(kScalarTypes, tensor.scalar_type());
  CT_INVARIANT(type != kScalarTypes.end(),
               "a tensor of a type that weight files don't hold: " + named.name);
  CT_INVARIANT(tensor.is_cpu() && tensor.is_contiguous(), named.name);
  return {named.name,
          static_cast<ElementType>(type - kScalarTypes.begin()),
          tensor.sizes().vec(),
          dense_strides(tensor.sizes()),
          {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()}};
}

torch::Tensor tensor_of(const StoredTensor& stored) {
  const auto type = scalar_type(stored.type);
  if (stored.bytes.empty()) return torch::empty(stored.shape, type);
  // Any byte is a truth value in a file, but not in memory.
  const bool truth_values = stored.type == ElementType::Bool;
  const auto count = static_cast<std::int64_t>(stored.bytes.size() / info(stored.type).size);
  auto elements = torch::empty({count}, truth_values ? torch::kUInt8 : type);
  std::memcpy(elements.data_ptr(), stored.bytes.data(), stored.bytes.size());
  if (truth_values) elements = elements.ne(0);
  return elements.as_strided(stored.shape, stored.strides).contiguous();
}

void copy_into(torch::Tensor target, const StoredTensor& stored) {
  const torch::NoGradGuard no_grad;
  if (stored.bytes.empty() || stored.type == ElementType::Bool || !is_aligned(stored)) {
    target.copy_(tensor_of(stored));
    return;
  }
  auto* const read_only = const_cast<std::byte*>(stored.bytes.data());
  target.copy_(torch::from_blob(read_only, stored.shape, stored.strides, scalar_type(stored.type)));
}

}  // namespace codectrace::model
