#pragma once

#include <torch/torch.h>

namespace codectrace::model {

/// A convolution over frames that lie one after the other, all channels of one together: a product
/// of oneDNN's over the frames under the kernel, backward as well. Backward reaches more of the
/// machine than conv1d's, and a norm over channels needs no transposing
/// (docs/decisions/0003-onednn-for-dense-layers.md).
/// @param x       [B, T, in], at least `kernel` frames
/// @param weight  [out, in, kernel], as conv1d's
/// @param bias    [out]
/// @return        [B, F, out], F = floor((T − kernel) / stride) + 1; autocast's type if it is on
[[nodiscard]] torch::Tensor convolve_frames(const torch::Tensor& x, const torch::Tensor& weight,
                                            const torch::Tensor& bias, std::int64_t stride);

/// Can convolve_frames() do it: enough frames, on this device and in this type?
/// @param x  [B, T, in]
[[nodiscard]] bool frame_convolution_takes(const torch::Tensor& x, std::int64_t kernel);

}  // namespace codectrace::model
