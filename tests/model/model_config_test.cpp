#include "model/model_config.h"

#include <gtest/gtest.h>

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
