#pragma once

#include <torch/torch.h>

namespace codectrace::model::onednn {

/// What follows a product while its result is still in cache.
enum class Epilogue { None, Gelu };

/// Does linear() take operands of this type on this device, in this build of LibTorch and on this
/// processor?
[[nodiscard]] bool takes(torch::Device device, torch::ScalarType type);

/// x·Wᵀ + b, without gradient: [..., in] → [..., out].
///
/// oneDNN through LibTorch's own operators, which are meant for its compiler and have no C++
/// function.
/// @param x       any strides, at least one row
/// @param weight  [out, in], any strides; or what packed() made of it
/// @param bias    [out], or undefined
[[nodiscard]] torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight,
                                   const torch::Tensor& bias, Epilogue epilogue = Epilogue::None);

/// dyᵀ·x, a dense layer's gradient of its weight.
/// @param dy  [rows, out]
/// @param x   [rows, in]
/// @return    [out, in], any strides
[[nodiscard]] torch::Tensor weight_gradient(const torch::Tensor& dy, const torch::Tensor& x);

/// A weight in the layout that oneDNN works in; only linear() reads it.
/// @param rows  of the products to come; others are right, too, but slower
[[nodiscard]] torch::Tensor packed(const torch::Tensor& weight, std::int64_t rows);

}  // namespace codectrace::model::onednn
