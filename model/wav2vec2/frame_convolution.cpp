#include "model/wav2vec2/frame_convolution.h"

#include "model/onednn.h"
#include "model/product_type.h"

namespace codectrace::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The frames under the kernel, a row each place of it, copied: oneDNN refuses rows that overlap.
/// [B, T, C] → [B · F, kernel · C]
torch::Tensor under_kernel(const torch::Tensor& x, std::int64_t kernel, std::int64_t stride) {
  const auto frames = x.contiguous();
  const auto channels = x.size(2);
  const auto places = (x.size(1) - kernel) / stride + 1;
  return frames
      .as_strided({x.size(0), places, kernel * channels},
                  {x.size(1) * channels, stride * channels, 1})
      .clone(torch::MemoryFormat::Contiguous)
      .view({-1, kernel * channels});
}

/// The transpose of under_kernel(): each frame's sum over the places that saw it.
torch::Tensor summed_by_frame(const torch::Tensor& rows, c10::IntArrayRef shape,
                              std::int64_t stride) {
  const auto kernel = rows.size(1) / shape[2];
  const auto taps = rows.view({shape[0], -1, kernel, shape[2]});  // [B, F, kernel, C]
  const auto last = (taps.size(1) - 1) * stride;
  auto frames = torch::zeros(shape, rows.options());
  for (std::int64_t tap = 0; tap < kernel; ++tap)
    frames.slice(1, tap, tap + last + 1, stride).add_(taps.select(2, tap));
  return frames;
}

/// Frames [B, T, in], weight [out, kernel · in] → rows [B · F, out].
class FrameConvolution : public torch::autograd::Function<FrameConvolution> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               std::int64_t stride) {
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    return onednn::linear(under_kernel(x, weight.size(1) / x.size(2), stride), weight, bias);
  }

  /// Lays the frames out once more: kept, they would be 1.5 times the activation itself.
  static variable_list backward(AutogradContext* context, variable_list gradient) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto stride = context->saved_data["stride"].toInt();
    const auto dy = gradient[0].contiguous();
    auto result = variable_list(4);
    if (context->needs_input_grad(0))
      result[0] = summed_by_frame(onednn::linear(dy, weight.t(), {}), x.sizes(), stride);
    if (context->needs_input_grad(1)) {
      const auto rows = under_kernel(x, weight.size(1) / x.size(2), stride);
      result[1] = onednn::weight_gradient(dy, rows);
    }
    if (context->needs_input_grad(2)) result[2] = dy.sum(0);
    return result;
  }
};

}  // namespace

bool frame_convolution_takes(const torch::Tensor& x, std::int64_t kernel) {
  return x.numel() > 0 && x.size(1) >= kernel && onednn::takes(x.device(), product_type(x));
}

torch::Tensor convolve_frames(const torch::Tensor& x, const torch::Tensor& weight,
                              const torch::Tensor& bias, std::int64_t stride) {
  const auto type = product_type(x);
  const auto taps = cast_for_product(weight, type).permute({0, 2, 1}).flatten(1);
  const auto rows = FrameConvolution::apply(cast_for_product(x, type), taps,
                                            cast_for_product(bias, type), stride);
  return rows.view({x.size(0), -1, weight.size(0)});
}

}  // namespace codectrace::model
