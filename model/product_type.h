#pragma once

#include <torch/torch.h>

namespace codectrace::model {

/// The type that autocast wants products of `x` in, else the tensor's own.
[[nodiscard]] torch::ScalarType product_type(const torch::Tensor& x);

/// In the products' type; a weight is cast once while autocast lasts. A bias may be undefined.
[[nodiscard]] torch::Tensor cast_for_product(const torch::Tensor& tensor, torch::ScalarType type);

}  // namespace codectrace::model
