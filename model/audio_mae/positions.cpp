#include "model/audio_mae/positions.h"

namespace codectrace::model {
namespace {

constexpr double kLongestPeriod = 10000;

/// Sine, then cosine. @param positions  [N] @return  [N, dim]
torch::Tensor waves(const torch::Tensor& positions, std::int64_t dim) {
  const auto frequencies = torch::pow(
      kLongestPeriod, -torch::arange(dim / 2, torch::kFloat64) / static_cast<double>(dim / 2));
  const auto phase = positions.unsqueeze(1) * frequencies;
  return torch::cat({phase.sin(), phase.cos()}, 1);
}

}  // namespace

torch::Tensor image_positions(const TokenGrid& grid, std::int64_t dim) {
  const auto row = torch::arange(grid.rows, torch::kFloat64).repeat_interleave(grid.bands);
  const auto band = torch::arange(grid.bands, torch::kFloat64).repeat({grid.rows});
  const auto tokens = torch::cat({waves(band, dim / 2), waves(row, dim / 2)}, 1);  // [N, dim]
  return torch::cat({torch::zeros({1, dim}, torch::kFloat64), tokens})
      .unsqueeze(0)
      .to(torch::kFloat32);
}

}  // namespace codectrace::model
