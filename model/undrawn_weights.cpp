#include "model/undrawn_weights.h"

#include <torch/library.h>

namespace codectrace::model {
namespace {

// The dispatcher's key for deferring how modules begin, which PyTorch leaves to others to use.
constexpr auto kKey = c10::DispatchKey::DeferredInit;

// NOLINTNEXTLINE(performance-unnecessary-value-param): uniform_'s and normal_'s own signature
at::Tensor& undrawn(at::Tensor& tensor, double, double, std::optional<at::Generator>) {
  return tensor;
}

}  // namespace

// Every operation goes on as without the key, but for those that draw.
TORCH_LIBRARY_IMPL(_, DeferredInit, library) {
  library.fallback(torch::CppFunction::makeFallthrough());
}
TORCH_LIBRARY_IMPL(aten, DeferredInit, library) {
  library.impl("uniform_", undrawn);
  library.impl("normal_", undrawn);
}

UndrawnWeights::UndrawnWeights() : guard_(kKey) {}

}  // namespace codectrace::model
