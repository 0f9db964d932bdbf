#pragma once

#include <array>

#include "core/config.h"

namespace codectrace::model {

/// What a network's products are computed in; weights and everything else stay float32.
enum class Precision {
  Fp32,  ///< float32, on a GPU too: no shorter type stands in for it
  Tf32,  ///< on a GPU of tensor cores operands are rounded to 10 bits; a CPU computes float32
  Bf16   ///< autocast
};
constexpr std::array<config::EnumName<Precision>, 3> enum_names(Precision) {
  return {{{Precision::Fp32, "fp32"}, {Precision::Tf32, "tf32"}, {Precision::Bf16, "bf16"}}};
}

}  // namespace codectrace::model
