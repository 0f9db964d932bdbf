#include "model/onednn.h"

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <string_view>

namespace codectrace::model::onednn {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using LinearSignature = at::Tensor(const at::Tensor&, const at::Tensor&,
                                   const std::optional<at::Tensor>&, std::string_view, Scalars,
                                   std::optional<std::string_view>);
using PackSignature = at::Tensor(const at::Tensor&, std::optional<std::int64_t>);

/// A LibTorch built without oneDNN lacks them.
struct Operators {
  std::optional<c10::OperatorHandle> linear = find("mkldnn::_linear_pointwise");
  std::optional<c10::OperatorHandle> pack = find("mkldnn::_reorder_linear_weight");

  static std::optional<c10::OperatorHandle> find(const char* name) {
    auto found = c10::Dispatcher::singleton().findSchema({name, ""});
    return found && found->hasKernelForDispatchKey(c10::DispatchKey::CPU) ? found : std::nullopt;
  }
};

const Operators& operators() {
  static const Operators found;
  return found;
}

bool has_bfloat16_kernels() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

}  // namespace

bool takes(torch::Device device, torch::ScalarType type) {
  if (!device.is_cpu() || !at::globalContext().userEnabledMkldnn()) return false;
  if (!operators().linear || !operators().pack) return false;
  if (type == torch::kBFloat16) return has_bfloat16_kernels();
  return type == torch::kFloat32;
}

torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                     Epilogue epilogue) {
  static const auto call = operators().linear->typed<LinearSignature>();
  const auto optional_bias = bias.defined() ? std::optional(bias) : std::nullopt;
  if (epilogue == Epilogue::Gelu)
    return call.call(x, weight, optional_bias, "gelu", Scalars(), "none");
  return call.call(x, weight, optional_bias, "none", Scalars(), "");
}

/// mm() takes oneDNN for bfloat16 by itself, without linear()'s copy of a turned first operand.
torch::Tensor weight_gradient(const torch::Tensor& dy, const torch::Tensor& x) {
  if (x.scalar_type() == torch::kBFloat16) return torch::mm(dy.t(), x);
  return onednn::linear(dy.t(), x.t(), {});
}

torch::Tensor packed(const torch::Tensor& weight, std::int64_t rows) {
  static const auto call = operators().pack->typed<PackSignature>();
  return call.call(weight, rows);
}

}  // namespace codectrace::model::onednn
