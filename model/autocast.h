#pragma once

#include <torch/torch.h>

#include "model/precision.h"

namespace codectrace::model {

/// How the process's float32 products are computed on a GPU from now on, forward and backward.
/// LibTorch's own choice would be TF32 in convolutions and float32 in dense layers.
void set_gpu_products(Precision precision);

/// bf16 autocast on the given device for the life of this object; nothing for the others. Weights
/// are cast once in the outermost scope: they must stay as they are until its end.
class AutocastScope {
 public:
  AutocastScope(Precision precision, torch::DeviceType device);
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;
  ~AutocastScope();

 private:
  torch::DeviceType device_;
  bool was_enabled_;
  torch::ScalarType was_type_;
};

}  // namespace codectrace::model
