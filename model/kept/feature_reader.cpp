#include "model/kept/feature_reader.h"

#include <utility>

namespace codectrace::model {

FeatureReader::FeatureReader(const shard::UtteranceReader& reader,
                             std::optional<shard::FeatureSpec> kept)
    : reader_(reader), kept_(std::move(kept)) {}

torch::Tensor FeatureReader::rows(std::int64_t count, bool pinned_memory) const {
  if (!kept_) return {};
  std::vector<std::int64_t> shape{count};
  shape.insert(shape.end(), kept_->shape.begin(), kept_->shape.end());
  return torch::zeros(shape, torch::dtype(torch::kHalf).pinned_memory(pinned_memory));
}

bool FeatureReader::read(std::uint64_t utterance, std::vector<float>& samples,
                         const torch::Tensor& features, std::int64_t row) const {
  if (!reader_.read(utterance, samples)) return false;
  if (!kept_) return true;
  const auto width = kept_->width();
  auto* const values =
      static_cast<shard::Half*>(features.data_ptr()) + static_cast<std::uint64_t>(row) * width;
  return reader_.read_feature(utterance, kept_->name, {values, width});
}

}  // namespace codectrace::model
