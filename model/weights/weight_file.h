#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/mapped_file.h"
#include "model/weights/weight_index.h"

namespace codectrace::model {

/// What bytes hold, in whichever of the formats below they are: told from themselves, never from a
/// name. @throws Error(BadData) as their readers do, or if they are in none
[[nodiscard]] WeightIndex read_weights(std::span<const std::byte> file);

/// A file of weights: PyTorch's (zip or legacy) or .safetensors. Only what describes the tensors is
/// read when it is opened; their bytes are read from disk where they are touched.
class WeightFile {
 public:
  /// @throws Error(BadData) naming the file and what is wrong with it
  explicit WeightFile(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }
  [[nodiscard]] const std::string& format() const { return index_.format; }
  [[nodiscard]] std::uint64_t size_bytes() const { return file_.bytes().size(); }
  /// Views into this file.
  [[nodiscard]] const std::vector<StoredTensor>& tensors() const { return index_.tensors; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const {
    return index_.metadata;
  }
  /// What stands among the tensors and isn't one: "epoch (a number)".
  [[nodiscard]] const std::vector<std::string>& others() const { return index_.others; }

  /// A file of PyTorch's legacy format has none, nor has a .safetensors that others wrote.
  [[nodiscard]] bool has_checksums() const { return static_cast<bool>(index_.verify); }
  /// Reads all tensors and compares them with the file's checksums, where it has any.
  /// @throws Error(BadData) if they differ
  void verify() const;

 private:
  MappedFile file_;
  WeightIndex index_;
};

}  // namespace codectrace::model
