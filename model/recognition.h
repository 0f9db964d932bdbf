#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/model_config.h"
#include "model/network.h"
#include "model/weights/load.h"

namespace codectrace::model {

/// A model that weights were made for, as their names and shapes tell.
struct RecognisedModel {
  ModelConfig config;
  /// Its tasks; of the classes only their number is known, so they are called "0", "1" …
  std::vector<Head> heads;
  /// In what the weights don't fit it all the same.
  Misfit misfit;
};

/// The preset and type that weights under the reference's names (see key_map.h) fit best; nullopt
/// if they have no graph branches of a type.
[[nodiscard]] std::optional<RecognisedModel> recognise_model(std::span<const StoredTensor> weights);

/// The same of a model that is known to be meant. Tasks that the weights have no branch for count
/// one class. @throws Error(Usage) as make_network
[[nodiscard]] RecognisedModel compare_with_model(const ModelConfig& config,
                                                 std::span<const StoredTensor> weights);

/// A preset whose encoder the weights hold, under whatever prefix.
struct RecognisedEncoder {
  Preset preset = Preset::XlsR300m;
  Misfit misfit;  ///< without what only pretraining uses
};
[[nodiscard]] std::optional<RecognisedEncoder> recognise_encoder(
    const std::vector<StoredTensor>& weights);

}  // namespace codectrace::model
