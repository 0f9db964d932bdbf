#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/error.h"
#include "model/weights/key_map.h"
#include "model/weights/weight_index.h"

namespace codectrace::fuzz {

/// Runs a reader on bytes that nobody has checked: it may refuse them as bad data, and nothing
/// else.
template <class Read>
int run(const std::uint8_t* data, std::size_t size, Read read) {
  try {
    read(std::as_bytes(std::span(data, size)));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::BadData) std::abort();
  }
  return 0;
}

/// Uses an index as a loader does: every element that it promises is touched.
inline void use(const model::WeightIndex& index) {
  volatile std::byte touched{};
  for (const auto& tensor : index.tensors) {
    std::size_t last = 0;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      last += static_cast<std::size_t>((tensor.shape[i] - 1) * tensor.strides[i]);
    }
    const auto size = model::info(tensor.type).size;
    if (tensor.bytes.empty() != (model::count_elements(tensor) == 0)) std::abort();
    if (tensor.bytes.empty()) continue;
    if (tensor.bytes.size() != (last + 1) * size) std::abort();
    touched = tensor.bytes.front();
    touched = tensor.bytes.back();
  }
  static_cast<void>(touched);
  static_cast<void>(model::encoder_tensors(model::with_reference_names(index.tensors)));
  if (index.verify) index.verify();
}

}  // namespace codectrace::fuzz
