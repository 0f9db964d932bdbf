#include "model/whisper/whisper_file.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/config.h"
#include "core/error.h"
#include "model/model_config.h"
#include "model/undrawn_weights.h"
#include "model/weights/load.h"

namespace codectrace::model {
namespace {

constexpr std::string_view kMark = "encoder.conv1.weight";  // [dim, mels, 3]

/// The SAST Net, of those there are, whose Whisper begins with a tensor of this shape.
ModelConfig preset_with(const StoredTensor& first, const WeightFile& file) {
  for (const auto& preset : enum_names(Preset{})) {
    auto config = preset_config(Architecture::SastNet, preset.value);
    if (first.shape == std::vector<std::int64_t>{config.whisper.dim, config.whisper.mels, 3})
      return config;
  }
  throw Error(ErrorKind::BadData,
              fmt::format("{}: {} is {}, which is no preset's Whisper; give the checkpoint of the "
                          "network that it belongs to",
                          file.path().string(), first.name, shape_text(first.shape)));
}

std::vector<StoredTensor> below(const std::string& front, std::vector<StoredTensor> weights) {
  std::vector<StoredTensor> found;
  for (auto& tensor : weights) {
    if (!tensor.name.starts_with(front)) continue;
    tensor.name.erase(0, front.size());
    found.push_back(std::move(tensor));
  }
  return found;
}

}  // namespace

std::string whisper_prefix(std::span<const StoredTensor> weights, const WeightFile& file) {
  const auto mark = std::ranges::find_if(weights, [](const StoredTensor& tensor) {
    return tensor.name == kMark || tensor.name.ends_with("." + std::string(kMark));
  });
  if (mark == weights.end()) {
    throw Error(ErrorKind::BadData,
                fmt::format("{} holds no Whisper encoder under Hugging Face's names: \"codectrace "
                            "checkpoint inspect\" shows what it holds",
                            file.path().string()));
  }
  return mark->name.substr(0, mark->name.size() - kMark.size());
}

FrozenWhisper open_frozen_whisper(const WeightFile& file) {
  auto weights = checked_weights(file);
  const auto front = whisper_prefix(weights, file);
  const auto first = *std::ranges::find(weights, front + std::string(kMark), &StoredTensor::name);
  const auto config = preset_with(first, file);
  const auto encoder = [&] {
    const UndrawnWeights every_one_is_read;
    return WhisperEncoder(config.whisper);
  }();
  load_tensors(state_of(*encoder), below(front + "encoder.", std::move(weights)),
               file.path().string());
  return {encoder, config.input_samples};
}

}  // namespace codectrace::model
