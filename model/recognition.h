#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/model_config.h"
#include "model/network.h"
#include "model/weights/load.h"

namespace codectrace::model {

/// Classes of a task, more than any taxonomy has: a file that claims more isn't taken at its word,
/// or outputs would be made for them.
inline constexpr std::size_t kMostClasses = 10'000;

/// How weights compare with something that is known.
struct Comparison {
  std::size_t wanted = 0;  ///< tensors that it has
  Misfit misfit;

  /// Of `wanted`: missing or of another shape.
  [[nodiscard]] std::size_t lacking() const {
    return misfit.missing.size() + misfit.misshapen.size();
  }
  /// Were the weights meant for it? Then they lack a quarter of its tensors at most: of another
  /// model they lack nearly all.
  [[nodiscard]] bool is_recognised() const { return 4 * lacking() <= wanted; }
};

struct ModelMatch {
  ModelConfig config;
  /// The variants that the weights fit alike: one, config's; of a SAST Net as many as have its
  /// number of classes as published, or all four.
  std::vector<std::string> variants;
  /// Its tasks; of the classes only their number is known, so they are called "0", "1" …
  std::vector<Head> heads;
  Comparison comparison;
};

/// The architecture, preset and variant that weights under the reference's names (see key_map.h)
/// are nearest to, recognised or not; nullopt if they have no task's graph branch.
[[nodiscard]] std::optional<ModelMatch> nearest_model(std::span<const StoredTensor> weights);

/// The same of a model that is known to be meant. Tasks that the weights have no branch for count
/// one class. @throws Error(Usage) as make_network
[[nodiscard]] ModelMatch compare_with_model(const ModelConfig& config,
                                            std::span<const StoredTensor> weights);

/// "w2v2-aasist M1, preset xlsr-300m", "sast-net AUX or VQ, preset small"
[[nodiscard]] std::string name_of(const ModelMatch& match);

/// A preset's encoder, compared without what only pretraining uses.
struct EncoderMatch {
  Preset preset = Preset::XlsR300m;
  Comparison comparison;
};
/// The preset that the encoder in the weights, under whatever prefix, is nearest to, recognised or
/// not; nullopt if there is none in them.
[[nodiscard]] std::optional<EncoderMatch> nearest_encoder(const std::vector<StoredTensor>& weights);

}  // namespace codectrace::model
