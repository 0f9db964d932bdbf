#pragma once

#include <array>

#include <torch/torch.h>

#include "core/config.h"

namespace codectrace::model {

enum class Precision { Fp32, Bf16 };
constexpr std::array<config::EnumName<Precision>, 2> enum_names(Precision) {
  return {{{Precision::Fp32, "fp32"}, {Precision::Bf16, "bf16"}}};
}

/// bf16 autocast on the given device for the life of this object; nothing for fp32.
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
