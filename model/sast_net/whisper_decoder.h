#pragma once

#include <memory>

#include <torch/torch.h>

namespace codectrace::model {

/// The parameters of Whisper-small's decoder under their released names, for weight files that must
/// have them: nothing computes with them, and they want no gradient.
/// @param dim, layers, ffn_dim  as the encoder's
[[nodiscard]] std::shared_ptr<torch::nn::Module> whisper_decoder_weights(std::int64_t dim,
                                                                         std::int64_t layers,
                                                                         std::int64_t ffn_dim);

}  // namespace codectrace::model
