#include "model/autocast.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>

namespace codectrace::model {

void set_gpu_products(Precision precision) {
  const bool shortened = precision == Precision::Tf32;
  at::globalContext().setAllowTF32CuBLAS(shortened);
  at::globalContext().setAllowTF32CuDNN(shortened);
}

AutocastScope::AutocastScope(Precision precision, torch::DeviceType device)
    : device_(device),
      was_enabled_(at::autocast::is_autocast_enabled(device)),
      was_type_(at::autocast::get_autocast_dtype(device)) {
  at::autocast::increment_nesting();
  at::autocast::set_autocast_enabled(device_, precision == Precision::Bf16);
  if (precision == Precision::Bf16) at::autocast::set_autocast_dtype(device_, torch::kBFloat16);
}

AutocastScope::~AutocastScope() {
  // The cache of cast weights must not outlive the scope: the optimiser changes the weights.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, was_enabled_);
  at::autocast::set_autocast_dtype(device_, was_type_);
}

}  // namespace codectrace::model
