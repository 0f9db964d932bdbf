#pragma once

#include <cstdint>

#include "model/audio_mae/masking_config.h"

namespace codectrace::model {

/// The tokens of an image: token = bands · row + band, rows are time.
struct TokenGrid {
  std::int64_t rows = 0;
  std::int64_t bands = 0;
  [[nodiscard]] std::int64_t tokens() const { return rows * bands; }
};

/// What is kept of `count` where `ratio` of it is hidden: ⌊count · (1 − ratio)⌋, in double and cut
/// as the reference does it.
[[nodiscard]] inline std::int64_t kept_count(std::int64_t count, double ratio) {
  return static_cast<std::int64_t>(static_cast<double>(count) * (1 - ratio));
}

/// Rows and bands that two-dimensional masks keep: half the ratio is hidden of each.
[[nodiscard]] inline TokenGrid kept_grid(const TokenGrid& grid, const MaskingConfig& masking) {
  return {kept_count(grid.rows, masking.ratio / 2), kept_count(grid.bands, masking.ratio / 2)};
}

/// How many tokens of an utterance masks keep.
[[nodiscard]] inline std::int64_t kept_tokens(const TokenGrid& grid, const MaskingConfig& masking) {
  return masking.two_dimensional ? kept_grid(grid, masking).tokens()
                                 : kept_count(grid.tokens(), masking.ratio);
}

}  // namespace codectrace::model
