#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace codectrace::model {

/// What a tensor's elements are in a weight file.
enum class ElementType {
  Float64,
  Float32,
  Float16,
  BFloat16,
  Int64,
  Int32,
  Int16,
  Int8,
  UInt8,
  Bool
};

struct ElementTypeInfo {
  ElementType type;
  std::size_t size;              ///< bytes
  std::string_view name;         ///< PyTorch's, and what is shown
  std::string_view safetensors;  ///< in a .safetensors header
  std::string_view storage;      ///< class of its storage in a .pth file
};

/// In the order of the enumerators.
inline constexpr std::array<ElementTypeInfo, 10> kElementTypes{
    {{ElementType::Float64, 8, "float64", "F64", "DoubleStorage"},
     {ElementType::Float32, 4, "float32", "F32", "FloatStorage"},
     {ElementType::Float16, 2, "float16", "F16", "HalfStorage"},
     {ElementType::BFloat16, 2, "bfloat16", "BF16", "BFloat16Storage"},
     {ElementType::Int64, 8, "int64", "I64", "LongStorage"},
     {ElementType::Int32, 4, "int32", "I32", "IntStorage"},
     {ElementType::Int16, 2, "int16", "I16", "ShortStorage"},
     {ElementType::Int8, 1, "int8", "I8", "CharStorage"},
     {ElementType::UInt8, 1, "uint8", "U8", "ByteStorage"},
     {ElementType::Bool, 1, "bool", "BOOL", "BoolStorage"}}};

[[nodiscard]] constexpr const ElementTypeInfo& info(ElementType type) {
  return kElementTypes[static_cast<std::size_t>(type)];
}

/// By one of its names; nullptr if there is no such type.
[[nodiscard]] constexpr const ElementTypeInfo* find_element_type(
    std::string_view ElementTypeInfo::*column, std::string_view name) {
  const auto found = std::ranges::find(kElementTypes, name, column);
  return found == kElementTypes.end() ? nullptr : &*found;
}

}  // namespace codectrace::model
