#include "model/model_config.h"

#include <gtest/gtest.h>

#include <tuple>

#include "tests/support/expect_error.h"

namespace codectrace::model {
namespace {

ModelConfig read(const std::string& text) {
  return config::read<ModelConfig>(config::Document::from_text(text, "model.toml"));
}

TEST(ModelConfig, IsTheFullSizeByDefault) {
  const auto config = read("");

  EXPECT_EQ(config.encoder.layers, 24);
  EXPECT_EQ(config.encoder.conv_dims.size(), 7U);
  EXPECT_EQ(frame_count(config.encoder, config.input_samples), 201);
  EXPECT_NO_THROW(check(config));
}

TEST(ModelConfig, TakesAllSizesFromThePresetAndSingleOnesFromTheKeys) {
  const auto config = read("preset = \"small\"\n[encoder]\nlayers = 3\n");

  EXPECT_EQ(config.encoder.layers, 3);
  EXPECT_EQ(config.encoder.dim, 64);
  EXPECT_FALSE(config.encoder.pretraining_weights);
  EXPECT_NO_THROW(check(config));
}

TEST(ModelConfig, ReadsBackWhatItWrites) {
  const auto config = read("preset = \"small\"\ntype = \"D_VQ\"\n[backend]\nprojection = 30\n");
  const auto again = read(config::dump(config));

  EXPECT_EQ(config::dump(again), config::dump(config));
  EXPECT_EQ(again.backend.projection, 30);
  EXPECT_EQ(again.encoder.conv_starts, config.encoder.conv_starts);
}

TEST(ModelConfig, CountsFramesConvolutionByConvolutionWithPadding) {
  EncoderConfig encoder;
  encoder.conv_dims = {4, 4};
  encoder.conv_kernels = {4, 3};
  encoder.conv_strides = {2, 2};
  encoder.conv_paddings = {0, 1};

  EXPECT_EQ(frame_count(encoder, 10), 2);  // (10 - 4) / 2 + 1 = 4; (4 + 2 - 3) / 2 + 1 = 2
  EXPECT_EQ(frame_count(encoder, 3), 0);
}

TEST(ModelConfig, HasTheTasksOfEachTypeInTheReferencesOrder) {
  ModelConfig config;
  const auto tasks = [&](W2v2AasistType type) {
    config.type = type;
    return tasks_of(config);
  };
  using Tasks = std::vector<std::string>;

  EXPECT_EQ(tasks(W2v2AasistType::S_DEC), (Tasks{"DEC"}));
  EXPECT_EQ(tasks(W2v2AasistType::D_AUX), (Tasks{"BIN", "AUX"}));
  EXPECT_EQ(tasks(W2v2AasistType::M1), (Tasks{"BIN", "AUX", "DEC", "VQ"}));
  EXPECT_EQ(tasks(W2v2AasistType::M2), (Tasks{"AUX", "DEC", "VQ"}));
}

TEST(ModelConfig, HasTheKeysOfItsArchitectureAlone) {
  const auto refused = [](const std::string& text, const std::string& key) {
    test::expect_error(
        ErrorKind::Usage, [&] { (void)read(text); }, key);
  };

  refused("task = \"VQ\"", "task");
  refused("[masking]\nratio = 0.3", "masking");
  refused("name = \"sast-net\"\ntype = \"M1\"", "type");
  EXPECT_EQ(config::dump(read("")).find("whisper"), std::string::npos);
  const auto config = read("name = \"sast-net\"\ntask = \"DEC\"\n[masking]\nratio = 0.3");
  EXPECT_EQ(describe(config), "sast-net DEC");
  EXPECT_EQ(tasks_of(config), std::vector<std::string>{"DEC"});
  EXPECT_EQ(config::dump(read(config::dump(config))), config::dump(config));
}

TEST(ModelConfig, OfASastNetIsFullSizeOrSmall) {
  for (const auto& [preset, tokens, samples] :
       {std::tuple(Preset::XlsR300m, 128, 82200), std::tuple(Preset::Small, 64, 49680)}) {
    const auto config = preset_config(Architecture::SastNet, preset);

    EXPECT_NO_THROW(check(config));
    EXPECT_EQ(token_grid(config).tokens(), tokens);
    EXPECT_EQ(config.input_samples, samples);
  }
}

TEST(ModelConfig, RefusesPartsOfASastNetThatDontFit) {
  const auto refused = [](const std::string& text, const std::string& about) {
    test::expect_error(
        ErrorKind::Usage, [&] { check(read("name = \"sast-net\"\n" + text)); }, about);
  };

  refused("input_samples = 80000", "a multiple of model.audio_mae.patch 16");
  refused("[whisper]\ndim = 384", "model.whisper.dim 384 must be model.audio_mae.dim 768");
  refused("[whisper]\nframes = 256", "are more than the 256 frames");
  refused("[fusion]\nheads = 7", "multiple of model.fusion.heads 7");
  refused("[audio_mae]\nheads = 7", "model.audio_mae.dim 768 must be a multiple of heads 7");
  refused("[masking]\nratio = 0.95\ntwo_dimensional = false", "needs at least 12");
}

TEST(ModelConfig, RefusesKeysThatDontFitEachOther) {
  const auto refused = [](const std::string& text, const std::string& about) {
    test::expect_error(
        ErrorKind::Usage, [&] { check(read(text)); }, about);
  };

  refused("[encoder]\nconv_kernels = [10, 3]", "conv_kernels has 2 values, conv_dims has 7");
  refused("[encoder]\nheads = 7", "multiple of heads 7");
  refused("[encoder]\npos_conv_groups = 5", "multiple of pos_conv_groups 5");
  refused("input_samples = 3000", "gives 9 frames");
  refused("[backend]\nchannels = []", "channels is empty");
  refused("preset = \"small\"\n[encoder]\nconv_norms = [\"batch\", \"layer\", \"group\"]",
          "conv_norms has \"group\"; there are layer, batch");
  refused("preset = \"small\"\n[encoder]\nconv_starts = [\"random\", \"filterbank\", \"random\"]",
          "only the first convolution");
}

}  // namespace
}  // namespace codectrace::model
