#include "model/audio_mae/token_choice.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "core/error.h"
#include "core/random.h"

namespace codectrace::model {
namespace {

/// 0, 1, …, count − 1 in the order of uniform draws.
std::vector<std::int64_t> drawn_order(std::uint64_t seed, std::string_view purpose,
                                      std::int64_t count) {
  const CounterRandom random(seed, purpose, 0, 0);
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(
      order, {}, [&](std::int64_t i) { return random.uniform(static_cast<std::uint64_t>(i)); });
  return order;
}

/// `kept` of 0, 1, …, count − 1, ascending.
std::vector<std::int64_t> drawn_subset(std::uint64_t seed, std::string_view purpose,
                                       std::int64_t count, std::int64_t kept) {
  auto subset = drawn_order(seed, purpose, count);
  subset.resize(static_cast<std::size_t>(kept));
  std::ranges::sort(subset);
  return subset;
}

std::vector<std::int64_t> unmasked(const TokenGrid& grid, const MaskingConfig& masking,
                                   std::uint64_t seed) {
  if (!masking.two_dimensional)
    return drawn_subset(seed, "mask tokens", grid.tokens(), kept_tokens(grid, masking));
  const auto kept = kept_grid(grid, masking);
  const auto bands = drawn_subset(seed, "mask bands", grid.bands, kept.bands);
  std::vector<std::int64_t> tokens;
  for (const auto row : drawn_subset(seed, "mask rows", grid.rows, kept.rows)) {
    for (const auto band : bands) tokens.push_back(row * grid.bands + band);
  }
  return tokens;
}

}  // namespace

TokenChoice drawn_tokens(const TokenGrid& grid, const MaskingConfig& masking, Drawing drawing,
                         const std::vector<std::uint64_t>& seeds) {
  if (drawing == Drawing::Nothing) return {};
  if (drawing == Drawing::Masks && kept_tokens(grid, masking) == grid.tokens()) {
    throw Error(ErrorKind::Usage,
                "model.masking.ratio hides no token, and there is nothing to learn reconstruction "
                "from: raise it (the published one is 0.4)");
  }
  std::vector<torch::Tensor> kept;
  for (const auto seed : seeds) {
    kept.push_back(torch::tensor(drawing == Drawing::Masks
                                     ? unmasked(grid, masking, seed)
                                     : drawn_order(seed, "token order", grid.tokens()),
                                 torch::kInt64));
  }
  // A rank may have an empty part of a batch.
  return {kept.empty() ? torch::empty({0, drawing == Drawing::Masks ? kept_tokens(grid, masking)
                                                                    : grid.tokens()},
                                      torch::kInt64)
                       : torch::stack(kept)};
}

torch::Tensor chosen(const torch::Tensor& tokens, const TokenChoice& choice) {
  if (!choice.kept.defined()) return tokens;
  return tokens.gather(1, choice.kept.unsqueeze(2).expand({-1, -1, tokens.size(2)}));
}

torch::Tensor hidden(const TokenChoice& choice, std::int64_t tokens) {
  if (!choice.kept.defined() || choice.kept.size(1) == tokens) return {};
  const auto options = choice.kept.options().dtype(torch::kFloat32);
  return torch::ones({choice.kept.size(0), tokens}, options).scatter_(1, choice.kept, 0.0);
}

}  // namespace codectrace::model
