#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "model/weights/weight_index.h"
#include "tests/support/damage.h"

namespace codectrace::test {

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// A file of tests/data/weights, made by the programs whose files we read.
inline std::string weight_fixture(const std::string& name) {
  return bytes_of(std::string(CT_TEST_DATA) + "/weights/" + name);
}

/// Everything an index says, byte for byte.
inline std::string everything_in(const model::WeightIndex& index) {
  std::string text;
  for (const auto& tensor : index.tensors) {
    text += fmt::format("{} {} {} strides {}:", tensor.name, model::info(tensor.type).name,
                        model::shape_text(tensor.shape), model::shape_text(tensor.strides));
    for (const auto byte : tensor.bytes)
      text += fmt::format(" {:02x}", static_cast<unsigned>(byte));
    text += "\n";
  }
  for (const auto& [key, value] : index.metadata) text += fmt::format("{}={}\n", key, value);
  return text;
}

/// A tensor in memory of the numbers given; `values` outlive it.
template <class Number>
model::StoredTensor stored(std::string name, model::ElementType type,
                           std::vector<std::int64_t> shape, const std::vector<Number>& values) {
  auto strides = model::dense_strides(shape);
  return {std::move(name), type, std::move(shape), std::move(strides),
          std::as_bytes(std::span(values))};
}

}  // namespace codectrace::test
