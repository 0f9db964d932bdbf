#include "model/wav2vec2/conv_layer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace codectrace::model {
namespace {

EncoderConfig small() {
  ModelConfig config;
  config.preset = Preset::Small;
  config.apply_preset();
  return config.encoder;
}

torch::Tensor tone(double hz, double amplitude, std::int64_t samples) {
  const auto t = torch::arange(samples, torch::kFloat64) / 16000;
  return (amplitude * torch::sin(2 * std::numbers::pi * hz * t)).to(torch::kFloat32);
}

TEST(ConvLayer, StartsAsAFilterbankThatPeaksAtATonesBand) {
  const torch::NoGradGuard no_grad;
  ConvLayer layer(small(), 1, 0);
  layer->eval();  // fresh statistics: nothing but the bank and the logarithm

  // Band c of 80 is centred on (c + 0.5) · 100 Hz.
  const auto bands = layer(tone(2550, 0.5, 1600).view({1, 1, -1}));  // [1, 80, 8]

  EXPECT_EQ(bands.sizes(), (std::vector<std::int64_t>{1, 80, 8}));
  EXPECT_TRUE((bands[0].argmax(0) == 25).all().item<bool>());
}

TEST(ConvLayer, GivesTheLogOfEnergySoThatLoudnessIsAnOffset) {
  const torch::NoGradGuard no_grad;
  ConvLayer layer(small(), 1, 0);
  layer->eval();

  const auto quiet = layer(tone(1050, 0.05, 1600).view({1, 1, -1}))[0][10];
  const auto loud = layer(tone(1050, 0.5, 1600).view({1, 1, -1}))[0][10];

  const auto offset = (loud - quiet).mean().item<double>();
  EXPECT_NEAR(offset, 2 * std::log(10.0), 1e-3);  // batch norm's eps changes it by 5e-6
}

TEST(ConvLayer, CepstralStartSeesNothingButTheMeanInAFlatSpectrum) {
  const torch::NoGradGuard no_grad;
  const auto config = small();
  ConvLayer layer(config, 80, 1);
  const auto weight = layer->named_parameters()["0.weight"];  // [160, 80, K]

  const auto response = weight.sum(1);  // to ones in every band: [160, tap]

  EXPECT_NEAR(response[0][weight.size(2) / 2].item<double>(), std::sqrt(2 * 80.0), 1e-3);
  EXPECT_LE(response.narrow(0, 1, 39).abs().max().item<double>(), 1e-3);
  // Static and difference channels, then their negatives.
  EXPECT_TRUE(weight.narrow(0, 0, 80).equal(-weight.narrow(0, 80, 80)));
  EXPECT_EQ(weight.narrow(0, 40, 40).sum(2).abs().max().item<float>(), 0.0F);
}

TEST(ConvLayer, AverageStartIsTheSameAtEachTap) {
  ConvLayer layer(small(), 160, 2);
  const auto weight = layer->named_parameters()["0.weight"];

  EXPECT_TRUE(weight.select(2, 0).equal(weight.select(2, 5)));
}

TEST(ConvLayer, AgreesWithItselfInDouble) {
  torch::manual_seed(1);
  const torch::NoGradGuard no_grad;
  EncoderConfig config;
  ConvLayer layer(config, 1, 0);
  ConvLayer wide(config, 1, 0);
  for (std::size_t i = 0; i < wide->parameters().size(); ++i) {
    wide->parameters()[i].copy_(layer->parameters()[i]);
  }
  wide->to(torch::kFloat64);
  const auto x = torch::randn({2, 1, 100});

  const auto y = layer(x);

  EXPECT_EQ(y.sizes(), (std::vector<std::int64_t>{2, 512, 19}));
  EXPECT_LE((wide(x.to(torch::kFloat64)) - y).abs().max().item<double>(), 1e-5);
}

}  // namespace
}  // namespace codectrace::model
