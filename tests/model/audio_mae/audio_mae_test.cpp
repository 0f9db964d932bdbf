#include "model/audio_mae/audio_mae.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/audio_mae/positions.h"
#include "model/model_config.h"

namespace codectrace::model {
namespace {

constexpr TokenGrid kGrid{8, 8};

AudioMae small() {
  torch::manual_seed(3);
  return AudioMae(preset_config(Architecture::SastNet, Preset::Small).audio_mae, kGrid, 3);
}

torch::Tensor image() {
  torch::manual_seed(4);
  return torch::randn({2, 32, 32});
}

TEST(ImagePositions, EncodeTheBandInTheFirstHalfAndTheRowInTheSecond) {
  const auto table = image_positions({3, 5}, 8);
  const auto token = table[0][1 + 2 * 5 + 4];  // row 2, band 4

  EXPECT_TRUE(table[0][0].eq(0).all().item<bool>());
  for (const auto& [half, position] : {std::pair(0, 4.0), std::pair(4, 2.0)}) {
    EXPECT_NEAR(token[half].item<double>(), std::sin(position), 1e-7);
    EXPECT_NEAR(token[half + 1].item<double>(), std::sin(position / 100), 1e-7);
    EXPECT_NEAR(token[half + 2].item<double>(), std::cos(position), 1e-7);
    EXPECT_NEAR(token[half + 3].item<double>(), std::cos(position / 100), 1e-7);
  }
}

TEST(AudioMae, PermutedTokensGiveTheSameTokensInThatOrder) {
  const torch::NoGradGuard no_grad;
  auto mae = small();
  mae->to(torch::kFloat64);
  mae->eval();
  const auto x = image().to(torch::kFloat64);
  const auto order = drawn_tokens(kGrid, {}, Drawing::TokenOrder, {1, 2});

  const auto plain = mae(x, TokenChoice{}).tokens;
  const auto permuted = mae(x, order).tokens;

  EXPECT_LE((permuted.select(1, 0) - plain.select(1, 0)).abs().max().item<double>(), 1e-10);
  const auto expected = chosen(plain.slice(1, 1), order);
  EXPECT_LE((permuted.slice(1, 1) - expected).abs().max().item<double>(), 1e-10);
}

TEST(AudioMae, ErrorsAreMeansOverTheHiddenTokensOfEachDecoder) {
  auto mae = small();
  mae->to(torch::kFloat64);
  const auto x = image().to(torch::kFloat64);
  const auto choice = drawn_tokens(kGrid, {}, Drawing::Masks, {1, 2});
  const auto errors = mae(x, choice).errors;

  const auto patches = torch::im2col(x.unsqueeze(1), {4, 4}, {1, 1}, {0, 0}, {4, 4});
  const auto modules = mae->named_modules();
  const auto encoded =
      modules["encoder"]->as<AudioMaeEncoder>()->forward(patches.transpose(1, 2), choice);
  for (std::int64_t d = 0; d < 3; ++d) {
    const auto predicted = modules["all_decoders." + std::to_string(d)]
                               ->as<AudioMaeDecoder>()
                               ->forward(encoded, choice)
                               .transpose(1, 2);
    for (std::int64_t b = 0; b < 2; ++b) {
      double sum = 0;
      int count = 0;
      for (std::int64_t token = 0; token < 64; ++token) {
        if (choice.kept[b].eq(token).any().item<bool>()) continue;
        const auto difference = predicted[b].select(1, token) - patches[b].select(1, token);
        sum += difference.square().mean().item<double>();
        ++count;
      }
      EXPECT_NEAR(errors[b][d].item<double>(), sum / count, 1e-10);
    }
  }
  EXPECT_FALSE(mae(x, TokenChoice{}).errors.defined());
}

TEST(AudioMae, LetsGradientIntoTheTarget) {
  auto mae = small();
  const auto x = image().requires_grad_();
  const auto choice = drawn_tokens(kGrid, {}, Drawing::Masks, {1, 2});
  mae(x, choice).errors.sum().backward();

  // What is hidden goes into the error as its target alone.
  for (std::int64_t token = 0; token < 64; ++token) {
    if (choice.kept[0].eq(token).any().item<bool>()) continue;
    const auto patch = x.grad()[0].narrow(0, token / 8 * 4, 4).narrow(1, token % 8 * 4, 4);
    EXPECT_GT(patch.abs().max().item<double>(), 0);
  }
}

TEST(AudioMae, HiddenTokensDontReachItsTokens) {
  const torch::NoGradGuard no_grad;
  auto mae = small();
  const TokenChoice choice{torch::arange(1, 64).unsqueeze(0)};
  const auto x = image().narrow(0, 0, 1);
  auto other = x.clone();
  other.narrow(1, 0, 4).narrow(2, 0, 4).fill_(5);  // token 0

  EXPECT_TRUE(mae(x, choice).tokens.equal(mae(other, choice).tokens));
}

}  // namespace
}  // namespace codectrace::model
