#include "model/product_type.h"

#include <ATen/autocast_mode.h>

namespace codectrace::model {

torch::ScalarType product_type(const torch::Tensor& x) {
  const auto device = x.device().type();
  const bool cast = at::autocast::is_autocast_enabled(device) && x.is_floating_point() &&
                    x.scalar_type() != torch::kFloat64;
  return cast ? at::autocast::get_autocast_dtype(device) : x.scalar_type();
}

torch::Tensor cast_for_product(const torch::Tensor& tensor, torch::ScalarType type) {
  return !tensor.defined() || tensor.scalar_type() == type
             ? tensor
             : at::autocast::cached_cast(type, tensor, tensor.device().type());
}

}  // namespace codectrace::model
