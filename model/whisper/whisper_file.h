#pragma once

#include <span>
#include <string>

#include "model/weights/stored_tensor.h"
#include "model/weights/weight_file.h"
#include "model/whisper/frozen_whisper.h"

namespace codectrace::model {

/// What stands before "encoder.…" in the names of Whisper's tensors: nothing or "model." as Hugging
/// Face publishes it, "whisper.model." in the weights of a SAST Net.
/// @param file  for the message
/// @throws Error(BadData) if there is no Whisper encoder among them
[[nodiscard]] std::string whisper_prefix(std::span<const StoredTensor> weights,
                                         const WeightFile& file);

/// The encoder in a file, by itself: what a SAST Net of the preset of its size has as its frozen
/// part. @throws Error(BadData) as whisper_prefix and load_tensors, or if no preset's is of its
/// size
[[nodiscard]] FrozenWhisper open_frozen_whisper(const WeightFile& file);

}  // namespace codectrace::model
