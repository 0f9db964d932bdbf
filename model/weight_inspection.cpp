#include "model/weight_inspection.h"

#include "model/weights/key_map.h"
#include "model/weights/weight_file.h"

namespace codectrace::model {

WeightInspection inspect_weights(const std::filesystem::path& path,
                                 const std::optional<ModelConfig>& config, Checksums checksums) {
  const WeightFile file(path);
  if (checksums == Checksums::Compare) file.verify();
  WeightInspection result;
  result.path = path;
  result.format = file.format();
  result.size_bytes = file.size_bytes();
  for (const auto& tensor : file.tensors()) {
    result.tensors.push_back({tensor.name, std::string(info(tensor.type).name), tensor.shape});
  }
  result.metadata = file.metadata();
  result.others = file.others();
  result.has_checksums = file.has_checksums();
  const auto weights = with_reference_names(file.tensors());
  result.model_is_given = config.has_value();
  result.model = config ? compare_with_model(*config, weights) : nearest_model(weights);
  if (!result.is_model()) result.encoder = nearest_encoder(weights);
  return result;
}

}  // namespace codectrace::model
