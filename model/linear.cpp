#include "model/linear.h"

#include "model/onednn.h"
#include "model/product_type.h"

namespace codectrace::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool onednn_takes(const torch::Tensor& x) {
  return x.numel() > 0 && onednn::takes(x.device(), product_type(x));
}

std::int64_t version_of(const torch::Tensor& tensor) {
  return tensor.defined() ? tensor._version() : 0;
}

torch::Tensor rows_of(const torch::Tensor& x) { return x.reshape({-1, x.size(-1)}); }

torch::Tensor shaped_like(const torch::Tensor& rows, const torch::Tensor& x) {
  auto shape = x.sizes().vec();
  shape.back() = rows.size(1);
  return rows.view(shape);
}

/// Rows [M, in] → [M, out].
class LinearFunction : public torch::autograd::Function<LinearFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias) {
    context->save_for_backward({x, weight});
    return onednn::linear(x, weight, bias);
  }
  static variable_list backward(AutogradContext* context, variable_list gradient) {
    const auto saved = context->get_saved_variables();
    const auto& dy = gradient[0];
    auto result = variable_list(3);
    if (context->needs_input_grad(0)) result[0] = onednn::linear(dy, saved[1].t(), {});
    if (context->needs_input_grad(1)) result[1] = onednn::weight_gradient(dy, saved[0]);
    if (context->needs_input_grad(2)) result[2] = dy.sum(0);
    return result;
  }
};

/// Rows [M, in] → [M, out] through [M, hidden].
class FeedForwardFunction : public torch::autograd::Function<FeedForwardFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& w1, const torch::Tensor& b1,
                               const torch::Tensor& w2, const torch::Tensor& b2) {
    const auto hidden = onednn::linear(x, w1, b1);
    context->save_for_backward({x, w1, w2, hidden});
    return onednn::linear(torch::gelu(hidden), w2, b2);
  }
  static variable_list backward(AutogradContext* context, variable_list gradient) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& hidden = saved[3];
    auto result = variable_list(5);
    if (context->needs_input_grad(3))
      result[3] = onednn::weight_gradient(gradient[0], torch::gelu(hidden));
    if (context->needs_input_grad(4)) result[4] = gradient[0].sum(0);
    auto d_hidden = onednn::linear(gradient[0], saved[2].t(), {});
    at::gelu_backward_out(d_hidden, d_hidden, hidden);
    if (context->needs_input_grad(0)) result[0] = onednn::linear(d_hidden, saved[1].t(), {});
    if (context->needs_input_grad(1)) result[1] = onednn::weight_gradient(d_hidden, x);
    if (context->needs_input_grad(2)) result[2] = d_hidden.sum(0);
    return result;
  }
};

}  // namespace

torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight,
                     const torch::Tensor& bias) {
  if (!onednn_takes(x) || !bias.defined()) return torch::linear(x, weight, bias);
  const auto type = product_type(x);
  const auto rows =
      LinearFunction::apply(rows_of(cast_for_product(x, type)), cast_for_product(weight, type),
                            cast_for_product(bias, type));
  return shaped_like(rows, x);
}

Linear xavier_linear(std::int64_t in, std::int64_t out) {
  Linear linear(in, out);
  torch::nn::init::xavier_uniform_(linear->weight);
  torch::nn::init::zeros_(linear->bias);
  return linear;
}

torch::Tensor feed_forward(const torch::Tensor& x, Linear& first, Linear& second) {
  if (!torch::GradMode::is_enabled() || !onednn_takes(x))
    return second(first(x, LinearImpl::Activation::Gelu));
  const auto type = product_type(x);
  const auto rows = FeedForwardFunction::apply(
      rows_of(cast_for_product(x, type)), cast_for_product(first->weight, type),
      cast_for_product(first->bias, type), cast_for_product(second->weight, type),
      cast_for_product(second->bias, type));
  return shaped_like(rows, x);
}

torch::Tensor LinearImpl::forward(const torch::Tensor& x, Activation activation) {
  if (!torch::GradMode::is_enabled() && onednn_takes(x)) return without_gradient(x, activation);
  const auto y = linear(x, weight, bias);
  return activation == Activation::Gelu ? torch::gelu(y) : y;
}

torch::Tensor LinearImpl::without_gradient(const torch::Tensor& x, Activation activation) {
  const auto type = product_type(x);
  const auto epilogue =
      activation == Activation::Gelu ? onednn::Epilogue::Gelu : onednn::Epilogue::None;
  if (is_training() || weight.is_inference())
    return onednn::linear(cast_for_product(x, type), cast_for_product(weight, type),
                          cast_for_product(bias, type), epilogue);
  if (!is_prepared(type)) prepare(type, x.numel() / x.size(-1));
  return onednn::linear(x.to(type), prepared_.weight, prepared_.bias, epilogue);
}

bool LinearImpl::is_prepared(torch::ScalarType type) const {
  return prepared_.weight.defined() && prepared_.weight.scalar_type() == type &&
         prepared_.source.data_ptr() == weight.data_ptr() &&
         prepared_.version == weight._version() && prepared_.bias_version == version_of(bias);
}

void LinearImpl::prepare(torch::ScalarType type, std::int64_t rows) {
  prepared_ = {.source = weight.detach(),
               .version = weight._version(),
               .bias_version = version_of(bias),
               .weight = onednn::packed(weight.to(type), rows),
               .bias = cast_for_product(bias, type)};
}

void LinearImpl::train(bool on) {
  torch::nn::LinearImpl::train(on);
  if (on) prepared_ = {};
}

}  // namespace codectrace::model
