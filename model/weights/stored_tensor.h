#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/weights/element_type.h"

namespace codectrace::model {

inline constexpr std::size_t kMostDimensions = 8;  // of a tensor in a file; weights have up to four

/// A tensor where it lies, in a file or in memory: what it is, and its bytes, which belong to
/// somebody else and may be at any address, aligned or not.
struct StoredTensor {
  std::string name;
  ElementType type = ElementType::Float32;
  std::vector<std::int64_t> shape = {};
  std::vector<std::int64_t> strides = {};  ///< in elements, one a dimension
  std::span<const std::byte> bytes = {};   ///< from the first element to the end of the last
};

[[nodiscard]] std::int64_t count_elements(const StoredTensor& tensor);

/// Strides of a tensor whose elements lie in order, without gaps.
[[nodiscard]] std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> shape);
[[nodiscard]] bool is_dense(const StoredTensor& tensor);

/// A tensor of a file, checked: what the file says of it isn't believed before.
/// @param strides  empty: dense
/// @param storage  bytes that it lies in
/// @param offset   of its first element in them, in elements
/// @throws Error(BadData) that leaves naming it to the caller: the name isn't text, more than
///         kMostDimensions, a negative size or stride, an element outside `storage`, or more
///         elements than fit into it
[[nodiscard]] StoredTensor checked_tensor(std::string name, ElementType type,
                                          std::vector<std::int64_t> shape,
                                          std::vector<std::int64_t> strides,
                                          std::span<const std::byte> storage, std::int64_t offset);

/// "[1024, 64, 128]"
[[nodiscard]] std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace codectrace::model
