#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/weights/tensors.h"

namespace codectrace::model {

/// Contents of a .safetensors file: tensors in the order of their data, and the free texts of
/// `__metadata__`.
struct SafeTensors {
  std::vector<NamedTensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Complete or absent under its name; the same contents give the same bytes. A checksum of the
/// whole is added to `__metadata__`.
void write_safetensors(const std::filesystem::path& path, const SafeTensors& contents);

/// Tensors own their memory. @throws Error(BadData) naming file and tensor; see WeightFile
[[nodiscard]] SafeTensors read_safetensors(const std::filesystem::path& path);

}  // namespace codectrace::model
