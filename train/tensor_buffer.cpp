#include "train/tensor_buffer.h"

#include <string>

#include "core/error.h"

namespace codectrace::train {
namespace {

comm::DataType data_type(torch::ScalarType type) {
  switch (type) {
    case torch::kFloat32:
      return comm::DataType::Float32;
    case torch::kFloat64:
      return comm::DataType::Float64;
    case torch::kBFloat16:
      return comm::DataType::BFloat16;
    case torch::kInt32:
      return comm::DataType::Int32;
    case torch::kInt64:
      return comm::DataType::Int64;
    case torch::kUInt8:
      return comm::DataType::Byte;
    default:
      break;
  }
  invariant_failed("data_type", std::string("no collectives on ") + toString(type));
}

}  // namespace

comm::Buffer tensor_buffer(const torch::Tensor& tensor) {
  CT_INVARIANT(tensor.is_non_overlapping_and_dense(), "a collective on scattered memory");
  return {tensor.data_ptr(), static_cast<std::size_t>(tensor.numel()),
          data_type(tensor.scalar_type()),
          tensor.is_cuda() ? comm::Device::Cuda : comm::Device::Host};
}

}  // namespace codectrace::train
