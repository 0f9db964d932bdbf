#include "preprocess/features/shard_rewrite.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "model/fit_to_length.h"
#include "model/kept/kept_features.h"
#include "shard/writer.h"

namespace codectrace::preprocess {
namespace {

constexpr std::uint64_t kBatch = 8;  // utterances

/// Utterances first … of a shard; rows that it doesn't have are silent. [kBatch, T]
torch::Tensor batch_of(const shard::ShardReader& shard, std::uint64_t first, std::int64_t length) {
  auto waveform = torch::zeros({static_cast<std::int64_t>(kBatch), length});
  std::vector<float> samples;
  for (std::uint64_t i = 0; i < std::min(kBatch, shard.size() - first); ++i) {
    shard.read(first + i, samples);
    auto* const row = waveform.data_ptr<float>() + static_cast<std::int64_t>(i) * length;
    model::fit_to_length(samples, 0, {row, static_cast<std::size_t>(length)});
  }
  return waveform;
}

/// float16 on the host. [kBatch, shape…]
torch::Tensor computed(model::FrozenPart& part, const torch::Tensor& waveform) {
  const torch::NoGradGuard no_grad;
  return part.compute(waveform).to(torch::kCPU, torch::kHalf).contiguous();
}

void check_values(const torch::Tensor& features, const shard::FeatureSpec& spec,
                  const shard::ShardReader& shard, std::uint64_t first) {
  std::vector<std::int64_t> wanted{static_cast<std::int64_t>(kBatch)};
  wanted.insert(wanted.end(), spec.shape.begin(), spec.shape.end());
  CT_INVARIANT(features.sizes().vec() == wanted, "the frozen part has another shape than it says");
  for (std::uint64_t i = 0; i < std::min(kBatch, shard.size() - first); ++i) {
    if (features[static_cast<std::int64_t>(i)].isfinite().all().item<bool>()) continue;
    throw Error(ErrorKind::BadData,
                fmt::format("{}: utterance {} has a feature {} that is no number of float16; are "
                            "the network's weights what they should be?",
                            shard.path().string(), shard.id(first + i), spec.name));
  }
}

void copy_audio(const shard::ShardReader& shard, shard::ShardWriter& writer) {
  std::vector<shard::Column> columns;
  for (const auto& column : shard.columns()) columns.push_back(shard.read_column(column.name));
  std::vector<float> samples;
  std::vector<std::int32_t> codes(columns.size());
  for (std::uint64_t i = 0; i < shard.size(); ++i) {
    shard.read(i, samples);
    for (std::size_t c = 0; c < codes.size(); ++c) codes[c] = columns[c].codes[i];
    writer.add(shard.id(i), std::span<const float>(samples), codes);
  }
}

void copy_other_features(const shard::ShardReader& shard, const std::string& but,
                         shard::ShardWriter& writer) {
  for (const auto& feature : shard.features()) {
    if (feature.spec.name == but) continue;
    std::vector<shard::Half> row(feature.spec.width());
    writer.add_feature(feature.spec);
    for (std::uint64_t i = 0; i < shard.size(); ++i) {
      shard.read_feature(feature, i, row);
      writer.add_rows(row);
    }
  }
}

}  // namespace

bool write_with_features(const shard::ShardReader& shard, const std::filesystem::path& path,
                         model::FrozenPart& part, const std::function<bool(std::uint64_t)>& go_on) {
  const auto spec = model::feature_spec(part);
  shard::ShardWriter writer(path, shard.header(), shard.columns());
  copy_audio(shard, writer);
  copy_other_features(shard, spec.name, writer);
  writer.add_feature(spec);
  for (std::uint64_t first = 0; first < shard.size(); first += kBatch) {
    const auto features = computed(part, batch_of(shard, first, part.input_samples()));
    check_values(features, spec, shard, first);
    const auto count = std::min(kBatch, shard.size() - first);
    writer.add_rows({static_cast<const shard::Half*>(features.data_ptr()), count * spec.width()});
    if (!go_on(count)) return false;
  }
  writer.commit();
  return true;
}

}  // namespace codectrace::preprocess
