#include "preprocess/features/shard_rewrite.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "model/fit_to_length.h"
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
torch::Tensor computed(model::Network& network, const torch::Tensor& waveform) {
  const torch::NoGradGuard no_grad;
  const auto weight = network.parameters().front();
  return network.frozen_part()
      ->compute(waveform.to(weight.options().requires_grad(false)))
      .to(torch::kCPU, torch::kHalf)
      .contiguous();
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
    const auto width = feature.spec.width();
    std::vector<shard::Half> values(shard.size() * width);
    for (std::uint64_t i = 0; i < shard.size(); ++i) {
      shard.read_feature(feature, i, std::span(values).subspan(i * width, width));
    }
    writer.add_feature(feature.spec, std::move(values));
  }
}

}  // namespace

shard::FeatureSpec feature_of(model::Network& network) {
  const auto* part = network.frozen_part();
  if (part == nullptr) {
    throw Error(ErrorKind::Usage,
                "the network has no frozen part, so there are no features to keep; all of it is "
                "trained");
  }
  const auto shape = part->shape();
  return {part->name(), {shape.begin(), shape.end()}, part->provenance()};
}

bool write_with_features(const shard::ShardReader& shard, const std::filesystem::path& path,
                         model::Network& network, const std::function<bool(std::uint64_t)>& go_on) {
  const auto spec = feature_of(network);
  const auto width = spec.width();
  std::vector<shard::Half> values(shard.size() * width);
  for (std::uint64_t first = 0; first < shard.size(); first += kBatch) {
    const auto features = computed(network, batch_of(shard, first, network.input_samples()));
    check_values(features, spec, shard, first);
    const auto count = std::min(kBatch, shard.size() - first);
    const std::span numbers(features.data_ptr<at::Half>(), count * width);
    std::ranges::transform(numbers, values.begin() + static_cast<std::ptrdiff_t>(first * width),
                           [](at::Half number) { return shard::Half{number.x}; });
    if (!go_on(count)) return false;
  }
  shard::ShardWriter writer(path, shard.header(), shard.columns());
  copy_audio(shard, writer);
  copy_other_features(shard, spec.name, writer);
  writer.add_feature(spec, std::move(values));
  writer.commit();
  return true;
}

}  // namespace codectrace::preprocess
