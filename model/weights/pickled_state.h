#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "model/weights/pickle_reader.h"
#include "model/weights/weight_index.h"

namespace codectrace::model {

/// What a pickle of torch.save says of a tensor's storage, which lies outside it.
struct PickledStorage {
  ElementType type = ElementType::Float32;
  std::string_view key;  ///< names it in the file
  std::int64_t elements = 0;
  const PickleValue* part = nullptr;  ///< legacy: which part of it is meant; None: all
};

/// Where a storage's bytes are. @throws Error(BadData) if the file has no such storage
using FindStorage = std::function<std::span<const std::byte>(const PickledStorage&)>;

/// The tensors of the state_dict that a pickle holds, at its root or under one of the usual keys.
/// @throws Error(BadData) as read_pth
void read_pickled_state(const PickleValue& root, const FindStorage& find_storage,
                        WeightIndex& index);

/// @throws Error(BadData) if the value isn't what torch.save writes for a storage
[[nodiscard]] PickledStorage pickled_storage(const PickleValue& value);

}  // namespace codectrace::model
