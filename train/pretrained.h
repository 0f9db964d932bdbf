#pragma once

#include "model/network.h"
#include "train/config.h"

namespace codectrace::train {

/// Copies what the keys train.start_from, train.pretrained_* and train.tuned_weights name into a
/// fresh network, in the reference's order, and says what was taken and what not.
/// @throws Error(BadData), Error(Usage) as model::inherit_weights, load_encoder,
///         load_audio_mae and load_whisper
void start_from_pretrained(const Config& config, model::Network& network);

/// Warns of parts at their published size that start from random weights: the published learning
/// rate is one for fine-tuning, and leads nowhere from there.
void warn_of_untrained_parts(const Config& config);

}  // namespace codectrace::train
