#include "model/sast_net/pretrained_parts.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "model/weights/load.h"
#include "model/whisper/whisper_file.h"

namespace codectrace::model {
namespace {

constexpr std::string_view kEncoder = "MAE.encoder.";
constexpr std::string_view kDecoders = "MAE.all_decoders.";
constexpr std::string_view kWhisper = "whisper.model.";

bool starts_with_any(std::string_view name, std::span<const std::string_view> fronts) {
  return std::ranges::any_of(fronts, [&](auto front) { return name.starts_with(front); });
}

bool is_for_encoder(std::string_view name) {
  constexpr std::array<std::string_view, 3> kFronts{"blocks.", "norm.", "cls_token"};
  return starts_with_any(name, kFronts);
}

bool is_for_decoders(std::string_view name) {
  constexpr std::array<std::string_view, 4> kFronts{"decoder_blocks.", "decoder_norm.",
                                                    "decoder_pred.", "mask_token"};
  return starts_with_any(name, kFronts);
}

/// The part of the network whose names begin so; by whole names.
std::vector<NamedTensor> part_of(const Network& network, std::string_view front) {
  std::vector<NamedTensor> part;
  for (auto& named : state_of(network)) {
    if (named.name.starts_with(front)) part.push_back(named);
  }
  if (part.empty()) {
    throw Error(ErrorKind::Usage,
                fmt::format("this model has no {}, which weights are given for", front));
  }
  return part;
}

/// "MAE.all_decoders.0.mask_token" → "mask_token"
std::string_view inside_decoder(std::string_view name) {
  name.remove_prefix(kDecoders.size());
  return name.substr(name.find('.') + 1);
}

StoredTensor renamed(StoredTensor tensor, std::string name) {
  tensor.name = std::move(name);
  return tensor;
}

/// Sorts what a part has into what the file is asked for and what stays fresh.
class Wish {
 public:
  void add(const NamedTensor& tensor, bool asked) {
    if (asked) {
      wanted_.push_back(tensor);
    } else {
      taken_.left_fresh.push_back(tensor.name);
    }
  }
  void give(const StoredTensor& tensor, std::string name) {
    weights_.push_back(renamed(tensor, std::move(name)));
  }
  void count() { ++taken_.taken; }
  void pass_over(const StoredTensor& tensor) { taken_.passed_over.push_back(tensor.name); }
  PartTaken load(const WeightFile& file) {
    load_tensors(wanted_, weights_, file.path().string());
    return std::move(taken_);
  }

 private:
  std::vector<NamedTensor> wanted_;
  std::vector<StoredTensor> weights_;
  PartTaken taken_;
};

}  // namespace

PartTaken load_audio_mae(Network& network, const WeightFile& file) {
  Wish wish;
  std::set<std::string, std::less<>> decoders;       // "MAE.all_decoders.0."
  std::set<std::string, std::less<>> decoder_names;  // inside each
  for (const auto& tensor : part_of(network, kEncoder))
    wish.add(tensor, is_for_encoder(std::string_view(tensor.name).substr(kEncoder.size())));
  for (const auto& tensor : part_of(network, kDecoders)) {
    const auto inside = inside_decoder(tensor.name);
    wish.add(tensor, is_for_decoders(inside));
    decoders.insert(tensor.name.substr(0, tensor.name.size() - inside.size()));
    decoder_names.emplace(inside);
  }
  for (const auto& tensor : checked_weights(file)) {
    if (is_for_encoder(tensor.name)) {
      wish.give(tensor, std::string(kEncoder) + tensor.name);
    } else if (is_for_decoders(tensor.name) && decoder_names.contains(tensor.name)) {
      for (const auto& decoder : decoders) wish.give(tensor, decoder + tensor.name);
    } else {
      wish.pass_over(tensor);
      continue;
    }
    wish.count();
  }
  return wish.load(file);
}

PartTaken load_whisper(Network& network, const WeightFile& file) {
  const auto weights = checked_weights(file);
  const auto front = whisper_prefix(weights, file);
  const auto part = part_of(network, kWhisper);
  const auto is_decoder = [](std::string_view name) { return name.starts_with("decoder."); };
  const bool has_decoder = std::ranges::any_of(weights, [&](const StoredTensor& tensor) {
    return tensor.name.starts_with(front + "decoder.");
  });
  const bool keeps_decoder = std::ranges::any_of(part, [&](const NamedTensor& tensor) {
    return is_decoder(std::string_view(tensor.name).substr(kWhisper.size()));
  });
  Wish wish;
  for (const auto& tensor : part) {
    const auto inside = std::string_view(tensor.name).substr(kWhisper.size());
    wish.add(tensor, !is_decoder(inside) || has_decoder);
  }
  for (const auto& tensor : weights) {
    const auto inside =
        tensor.name.starts_with(front) ? tensor.name.substr(front.size()) : std::string();
    if (inside.starts_with("encoder.") || (is_decoder(inside) && keeps_decoder)) {
      wish.give(tensor, std::string(kWhisper) + inside);
      wish.count();
    } else {
      wish.pass_over(tensor);
    }
  }
  return wish.load(file);
}

}  // namespace codectrace::model
