#pragma once

#include <torch/torch.h>

#include "model/audio_mae/token_choice.h"

namespace codectrace::model {

/// Positions of an image's tokens, [1, 1 + N, dim] float32: the first half of `dim` encodes the
/// band, the second the row, each sine then cosine of position / 10000^(i / (dim / 4)); zeros for
/// the class token in front. As in MAE (arXiv:2111.06377), made in float64.
[[nodiscard]] torch::Tensor image_positions(const TokenGrid& grid, std::int64_t dim);

}  // namespace codectrace::model
