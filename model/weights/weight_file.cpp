#include "model/weights/weight_file.h"

#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "model/weights/pth.h"
#include "model/weights/safetensors_format.h"

namespace codectrace::model {
namespace {

/// Tensors may share bytes, but not so that a small file becomes a large model.
void check_sharing(const std::vector<StoredTensor>& tensors, std::uint64_t file_bytes) {
  constexpr std::uint64_t kMostSharing = 4;
  std::uint64_t claimed = 0;
  for (const auto& tensor : tensors) {
    claimed += static_cast<std::uint64_t>(count_elements(tensor)) * info(tensor.type).size;
  }
  if (claimed <= kMostSharing * file_bytes) return;
  throw Error(ErrorKind::BadData,
              fmt::format("its tensors claim {} bytes together, it has {}", claimed, file_bytes));
}

WeightIndex read_any(std::span<const std::byte> file) {
  if (looks_like_pth(file)) return read_pth(file);
  if (looks_like_safetensors(file)) return read_safetensors(file);
  throw Error(ErrorKind::BadData,
              "is no weight file that is known: neither PyTorch's (.pth, .pt) nor .safetensors");
}

}  // namespace

WeightIndex read_weights(std::span<const std::byte> file) {
  auto index = read_any(file);
  check_sharing(index.tensors, file.size());
  return index;
}

WeightFile::WeightFile(std::filesystem::path path) : file_(std::move(path)) {
  try {
    index_ = read_weights(file_.bytes());
  } catch (const Error& error) {
    throw error.within(file_.path().string());
  }
}

void WeightFile::verify() const {
  if (!has_checksums()) return;
  try {
    index_.verify();
  } catch (const Error& error) {
    throw error.within(file_.path().string());
  }
}

}  // namespace codectrace::model
