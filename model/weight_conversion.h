#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace codectrace::model {

enum class KeyNames {
  Reference,  ///< see key_map.h
  AsTheyAre
};

struct Conversion {
  std::size_t tensors = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> left_out;  ///< "epoch (a number)"
};

/// Writes the tensors of a weight file as another one, in their types, and the texts of its
/// metadata: .safetensors, or .pth, .pt, .bin, which are PyTorch's zip format. `out` is there
/// complete or not at all.
/// @throws Error(Usage) if `out` ends otherwise or is there already; Error(BadData) as WeightFile,
/// or
///         if the file's checksums don't fit
Conversion convert_weights(const std::filesystem::path& in, const std::filesystem::path& out,
                           KeyNames names);

}  // namespace codectrace::model
