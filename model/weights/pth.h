#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "model/weights/weight_index.h"

namespace codectrace::model {

/// Reads what torch.save wrote: the zip format, or the one before PyTorch 1.6 ("legacy"). The
/// state_dict is the file's root, or lies there under "model", "state_dict" or "model_state_dict",
/// as in fairseq's files; whatever else is beside it is passed over, unread where it is a tensor.
///
/// Nothing in the file is run: see Pickle.
/// @throws Error(BadData): damaged, no state_dict in it (says what is), a tensor of a kind that
///         isn't supported (sparse, quantised, complex …)
[[nodiscard]] WeightIndex read_pth(std::span<const std::byte> file);

[[nodiscard]] bool looks_like_pth(std::span<const std::byte> file);

/// A state_dict in the zip format, which Python's torch.load(…, weights_only=True) reads. Complete
/// or absent under its name; the same contents give the same bytes.
/// @param tensors   dense
/// @param metadata  goes into an entry of its own, which PyTorch passes over and read_pth reads
void write_pth(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
               const std::map<std::string, std::string>& metadata);

}  // namespace codectrace::model
