#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <torch/torch.h>

namespace codectrace::model {

struct NamedTensor {
  std::string name;
  torch::Tensor tensor;
};

/// Contents of a .safetensors file (https://github.com/huggingface/safetensors, format section):
/// tensors in the order of their data, and the free texts of `__metadata__`.
struct SafeTensors {
  std::vector<NamedTensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Complete or absent under its name; the same contents give the same bytes. A checksum of the
/// whole is added to `__metadata__`.
void write_safetensors(const std::filesystem::path& path, const SafeTensors& contents);

/// Tensors own their memory. Types F64 F32 F16 BF16 I64 I32 U8 BOOL.
/// @throws Error(BadData) naming file and tensor: truncated, sizes or offsets that don't fit the
///         file, overlaps, an unknown type; a checksum that doesn't fit (files of other programs
///         have none). Nothing a header claims is allocated before it is checked against the file.
[[nodiscard]] SafeTensors read_safetensors(const std::filesystem::path& path);

}  // namespace codectrace::model
