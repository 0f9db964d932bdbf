#include "model/weights/key_map.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

struct Renaming {
  std::string_view from;
  std::string_view to;
};

// Of Hugging Face's names; "#" is a number. The first that fits the front of a name is taken.
constexpr std::array kFronts{
    Renaming{"feature_projection.layer_norm.", "layer_norm."},
    Renaming{"feature_projection.projection.", "post_extract_proj."},
    Renaming{"feature_extractor.conv_layers.#.conv.", "feature_extractor.conv_layers.#.0."},
    Renaming{"feature_extractor.conv_layers.#.layer_norm.", "feature_extractor.conv_layers.#.2.1."},
    Renaming{"encoder.pos_conv_embed.conv.", "encoder.pos_conv.0."},
    Renaming{"encoder.layers.#.attention.", "encoder.layers.#.self_attn."},
    Renaming{"encoder.layers.#.layer_norm.", "encoder.layers.#.self_attn_layer_norm."},
    Renaming{"encoder.layers.#.feed_forward.intermediate_dense.", "encoder.layers.#.fc1."},
    Renaming{"encoder.layers.#.feed_forward.output_dense.", "encoder.layers.#.fc2."},
    Renaming{"masked_spec_embed", "mask_emb"},
    Renaming{"quantizer.codevectors", "quantizer.vars"},
    Renaming{"project_hid.", "final_proj."},
};
constexpr std::array kEnds{Renaming{".parametrizations.weight.original0", ".weight_g"},
                           Renaming{".parametrizations.weight.original1", ".weight_v"}};
constexpr std::string_view kHuggingFacePrefix = "wav2vec2.";
constexpr std::string_view kHuggingFaceMark = "feature_projection.projection.weight";
constexpr std::string_view kEncoderMark = "post_extract_proj.weight";
constexpr std::string_view kDataParallelPrefix = "module.";
constexpr std::array<std::string_view, 4> kPretrainingOnly{"mask_emb", "quantizer.", "project_q.",
                                                           "final_proj."};

std::string renamed_end(std::string_view name) {
  for (const auto& [from, to] : kEnds) {
    if (name.ends_with(from))
      return fmt::format("{}{}", name.substr(0, name.size() - from.size()), to);
  }
  return std::string(name);
}

/// The digits at the front.
std::string_view number_at_front(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

/// `name` with its front renamed; empty if that isn't its front.
std::string renamed_front(std::string_view name, const Renaming& renaming) {
  const auto hole = renaming.from.find('#');
  if (hole == std::string_view::npos) {
    if (!name.starts_with(renaming.from)) return "";
    return fmt::format("{}{}", renaming.to, name.substr(renaming.from.size()));
  }
  if (!name.starts_with(renaming.from.substr(0, hole))) return "";
  const auto number = number_at_front(name.substr(hole));
  const auto rest = name.substr(hole + number.size());
  const auto behind = renaming.from.substr(hole + 1);
  if (number.empty() || !rest.starts_with(behind)) return "";
  const auto hole_to = renaming.to.find('#');
  return fmt::format("{}{}{}{}", renaming.to.substr(0, hole_to), number,
                     renaming.to.substr(hole_to + 1), rest.substr(behind.size()));
}

void check_that_names_differ(const std::vector<StoredTensor>& tensors) {
  std::set<std::string_view> names;
  for (const auto& tensor : tensors) {
    if (names.insert(tensor.name).second) continue;
    throw Error(
        ErrorKind::BadData,
        fmt::format("has two tensors that are both {}, in two ways of naming", tensor.name));
  }
}

}  // namespace

std::string reference_name_of_hugging_face(std::string_view name) {
  if (name.starts_with(kHuggingFacePrefix)) name.remove_prefix(kHuggingFacePrefix.size());
  for (const auto& renaming : kFronts) {
    if (auto renamed = renamed_front(name, renaming); !renamed.empty()) return renamed_end(renamed);
  }
  return renamed_end(name);
}

std::vector<StoredTensor> with_reference_names(std::vector<StoredTensor> tensors) {
  const bool parallel = std::ranges::all_of(tensors, [](const StoredTensor& tensor) {
    return tensor.name.starts_with(kDataParallelPrefix);
  });
  if (parallel) {
    for (auto& tensor : tensors) tensor.name.erase(0, kDataParallelPrefix.size());
  }
  const bool hugging_face = std::ranges::any_of(tensors, [](const StoredTensor& tensor) {
    return tensor.name == kHuggingFaceMark ||
           tensor.name == std::string(kHuggingFacePrefix).append(kHuggingFaceMark);
  });
  for (auto& tensor : tensors) {
    tensor.name =
        hugging_face ? reference_name_of_hugging_face(tensor.name) : renamed_end(tensor.name);
  }
  check_that_names_differ(tensors);
  return tensors;
}

std::vector<StoredTensor> encoder_tensors(const std::vector<StoredTensor>& tensors) {
  const auto mark = std::ranges::find_if(tensors, [](const StoredTensor& tensor) {
    return tensor.name == kEncoderMark || tensor.name.ends_with("." + std::string(kEncoderMark));
  });
  std::vector<StoredTensor> encoder;
  if (mark == tensors.end()) return encoder;
  const auto prefix = mark->name.substr(0, mark->name.size() - kEncoderMark.size());
  for (const auto& tensor : tensors) {
    if (!tensor.name.starts_with(prefix)) continue;
    encoder.push_back(tensor);
    encoder.back().name.erase(0, prefix.size());
  }
  return encoder;
}

bool is_pretraining_only(std::string_view name) {
  return std::ranges::any_of(kPretrainingOnly,
                             [&](std::string_view front) { return name.starts_with(front); });
}

}  // namespace codectrace::model
