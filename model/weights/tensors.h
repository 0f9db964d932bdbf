#pragma once

#include <string>

#include <torch/torch.h>

#include "model/weights/stored_tensor.h"

namespace codectrace::model {

struct NamedTensor {
  std::string name;
  torch::Tensor tensor;
};

/// The tensor where it lies in memory. @param named  on the CPU, contiguous; outlives the result
[[nodiscard]] StoredTensor stored_view(const NamedTensor& named);

/// A contiguous tensor with memory of its own.
[[nodiscard]] torch::Tensor tensor_of(const StoredTensor& stored);

/// Copies the elements into a tensor of the same shape, converted to its type, on its device. What
/// lies in a mapped file isn't held a second time on the way.
void copy_into(torch::Tensor target, const StoredTensor& stored);

}  // namespace codectrace::model
