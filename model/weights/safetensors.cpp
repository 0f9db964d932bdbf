#include "model/weights/safetensors.h"

#include "model/weights/safetensors_format.h"
#include "model/weights/weight_file.h"

namespace codectrace::model {

void write_safetensors(const std::filesystem::path& path, const SafeTensors& contents) {
  std::vector<torch::Tensor> tensors;  // keeps what had to be copied
  std::vector<StoredTensor> views;
  for (const auto& [name, tensor] : contents.tensors) {
    tensors.push_back(tensor.detach().to(torch::kCPU).contiguous());
    views.push_back(stored_view({name, tensors.back()}));
  }
  write_safetensors(path, views, contents.metadata);
}

SafeTensors read_safetensors(const std::filesystem::path& path) {
  const WeightFile file(path);
  file.verify();
  SafeTensors contents;
  contents.metadata = file.metadata();
  for (const auto& stored : file.tensors())
    contents.tensors.push_back({stored.name, tensor_of(stored)});
  return contents;
}

}  // namespace codectrace::model
