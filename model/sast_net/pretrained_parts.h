#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/network.h"
#include "model/weights/weight_file.h"

namespace codectrace::model {

/// What a part of a network took from a pretrained file.
struct PartTaken {
  std::size_t taken = 0;                 ///< tensors of the file
  std::vector<std::string> passed_over;  ///< by their names in the file
  std::vector<std::string> left_fresh;   ///< tensors of the part that the file isn't asked for
};

/// Starts MAE from the published AudioMAE, of 1024 x 128 images: the encoder's blocks, norm and
/// class token, and into each decoder its blocks, norm, prediction and mask token, as far as a
/// decoder has them. Its decoder's windowed attention leaves only its matrices. Not taken: patch
/// and decoder embeddings and the positions, which belong to its images.
/// @throws Error(BadData) naming what is missing, too much (an encoder block) or of another shape;
///         Error(Usage) if the network has no such part. Then nothing is changed
PartTaken load_audio_mae(Network& network, const WeightFile& file);

/// Whisper as Hugging Face publishes it, or its encoder alone: the decoder stays as it was then, or
/// is passed over where the network keeps none. @throws as load_audio_mae
PartTaken load_whisper(Network& network, const WeightFile& file);

}  // namespace codectrace::model
