#pragma once

#include <cstdint>
#include <vector>

#include <torch/torch.h>

#include "model/audio_mae/masking_config.h"
#include "model/audio_mae/token_grid.h"
#include "model/network.h"

namespace codectrace::model {

/// Which tokens of each utterance go through the network, and in which order; the others are
/// hidden. Positions are added before, so the order matters to what mixes neighbours alone.
struct TokenChoice {
  torch::Tensor kept;  ///< [B, K] int64, all different in a row; undefined: all in their order
};

/// Drawn for each utterance from its seed and nothing else.
///
/// Drawing::Masks, two-dimensional: of rows and of bands the ⌊count · (1 − ratio / 2)⌋ with the
/// smallest of uniform draws; a token is kept if its row and its band are. One-dimensional: so the
/// ⌊count · (1 − ratio)⌋ smallest of all tokens. Kept ones stay in their order, as at inference;
/// the reference's one-dimensional masks leave them in the order of their draws.
/// Drawing::TokenOrder: all tokens in a drawn order. Drawing::Nothing: all in their order.
/// @param seeds  one an utterance
/// @throws Error(Usage) if masks are to be drawn at ratio 0, which leaves nothing to reconstruct
[[nodiscard]] TokenChoice drawn_tokens(const TokenGrid& grid, const MaskingConfig& masking,
                                       Drawing drawing, const std::vector<std::uint64_t>& seeds);

/// The chosen ones of each utterance's tokens. @param tokens  [B, N, D] @return  [B, K, D]
[[nodiscard]] torch::Tensor chosen(const torch::Tensor& tokens, const TokenChoice& choice);

/// 1 where a token is hidden, else 0: [B, N] float32 on the choice's device; undefined if none is.
[[nodiscard]] torch::Tensor hidden(const TokenChoice& choice, std::int64_t tokens);

}  // namespace codectrace::model
