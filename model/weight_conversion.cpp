#include "model/weight_conversion.h"

#include <list>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/error.h"
#include "model/weights/key_map.h"
#include "model/weights/pth.h"
#include "model/weights/safetensors_format.h"
#include "model/weights/tensors.h"
#include "model/weights/weight_file.h"

namespace codectrace::model {
namespace {

enum class Format { SafeTensors, Pth };

Format format_of(const std::filesystem::path& out) {
  const auto extension = out.extension();
  if (extension == ".safetensors") return Format::SafeTensors;
  if (extension == ".pth" || extension == ".pt" || extension == ".bin") return Format::Pth;
  throw Error(ErrorKind::Usage, fmt::format("{}: its name must end in .safetensors, .pth, .pt or "
                                            ".bin, which says what to write",
                                            out.string()));
}

/// @param copies  keep what didn't lie in order in the file
std::vector<StoredTensor> dense(std::vector<StoredTensor> tensors,
                                std::list<torch::Tensor>& copies) {
  for (auto& tensor : tensors) {
    if (is_dense(tensor)) continue;
    copies.push_back(tensor_of(tensor));
    tensor = stored_view({tensor.name, copies.back()});
  }
  return tensors;
}

}  // namespace

Conversion convert_weights(const std::filesystem::path& in, const std::filesystem::path& out,
                           KeyNames names) {
  const auto format = format_of(out);
  if (std::filesystem::exists(out)) {
    throw Error(
        ErrorKind::Usage,
        fmt::format("{} is there already: remove it, or choose another name", out.string()));
  }
  const WeightFile file(in);
  file.verify();
  std::list<torch::Tensor> copies;
  auto tensors = dense(file.tensors(), copies);
  try {
    if (names == KeyNames::Reference) tensors = with_reference_names(std::move(tensors));
  } catch (const Error& error) {
    throw error.within(in.string());
  }
  if (format == Format::Pth) {
    write_pth(out, tensors, file.metadata());
  } else {
    write_safetensors(out, tensors, file.metadata());
  }
  Conversion conversion{.tensors = tensors.size(), .bytes = 0, .left_out = file.others()};
  for (const auto& tensor : tensors) conversion.bytes += tensor.bytes.size();
  return conversion;
}

}  // namespace codectrace::model
