#pragma once

#include <utility>
#include <vector>

#include <torch/torch.h>

#include "core/error.h"
#include "core/random.h"
#include "tests/support/small_network.h"

namespace codectrace::test {

/// SmallNetwork that also reconstructs: of an utterance's 20 parts, 8 are hidden, and each class's
/// decoder is to say what was there.
class ReconstructingNetwork : public SmallNetwork {
 public:
  static constexpr std::int64_t kParts = 20;
  static constexpr std::int64_t kHidden = 8;

  ReconstructingNetwork(std::int64_t samples, const model::Head& head)
      : SmallNetwork(samples, {head}) {
    embed_ = register_module("embed", torch::nn::Linear(samples / kParts, 1));
    for (const auto& name : head.classes)
      decoders_.push_back(register_module("decoder_" + name, torch::nn::Linear(kParts, kParts)));
  }

  model::Output forward(const model::Input& input) override {
    if (input.drawing != model::Drawing::Masks) return SmallNetwork::forward(input);
    CT_INVARIANT(std::ssize(input.seeds) == input.waveform.size(0), "a seed an utterance");
    const torch::Tensor hidden = masks(input.seeds).to(input.waveform.options());   // [B, P]
    const torch::Tensor parts = input.waveform.view({hidden.size(0), kParts, -1});  // [B, P, T/P]
    model::Input seen = input;
    seen.waveform = (parts * (1 - hidden).unsqueeze(2)).flatten(1);
    model::Output output = SmallNetwork::forward(seen);

    // A gradient reaches the targets too, as in SAST Net.
    const torch::Tensor targets = embed_->forward(parts).squeeze(2);  // [B, P]
    std::vector<torch::Tensor> errors;
    for (auto& decoder : decoders_) {
      const torch::Tensor guess = decoder->forward(targets * (1 - hidden));
      errors.push_back(((guess - targets).square() * hidden).sum(1) / kHidden);
    }
    output.reconstruction_errors = torch::stack(errors, 1);  // [B, classes]
    return output;
  }
  [[nodiscard]] bool reconstructs() const override { return true; }

 private:
  /// 1 where hidden: the parts of the smallest draws.
  static torch::Tensor masks(const std::vector<std::uint64_t>& seeds) {
    const auto rows = static_cast<std::int64_t>(seeds.size());
    auto draws = torch::empty({rows, kParts}, torch::kFloat64);
    for (std::int64_t row = 0; row < rows; ++row) {
      const CounterRandom random(seeds[static_cast<std::size_t>(row)], "hidden", 0, 0);
      for (std::int64_t part = 0; part < kParts; ++part)
        draws[row][part] = random.uniform(static_cast<std::uint64_t>(part));
    }
    return torch::zeros_like(draws).scatter(1, draws.argsort(std::int64_t{1}).slice(1, 0, kHidden),
                                            1.0);
  }

  torch::nn::Linear embed_{nullptr};
  std::vector<torch::nn::Linear> decoders_;
};

}  // namespace codectrace::test
