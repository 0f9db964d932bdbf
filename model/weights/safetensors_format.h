#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "model/weights/weight_index.h"

namespace codectrace::model {

/// The .safetensors format (https://github.com/huggingface/safetensors, format section): the length
/// of a JSON header, the header, the tensors' bytes without gaps. Tensors come in the order of
/// their bytes.
/// @throws Error(BadData) naming the tensor: truncated, sizes or offsets that don't fit the file,
///         overlaps, gaps, an unknown type. Nothing a header claims is allocated before it is
///         checked against the file.
[[nodiscard]] WeightIndex read_safetensors(std::span<const std::byte> file);

/// By the brace that its header begins with.
[[nodiscard]] bool looks_like_safetensors(std::span<const std::byte> file);

/// Complete or absent under its name; the same contents give the same bytes. A checksum of the
/// whole is added to the metadata, which `WeightIndex::verify` of a file that has one looks at and
/// no one else sees. @param tensors  dense
void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace codectrace::model
