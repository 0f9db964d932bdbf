#include "model/recognition.h"

#include <gtest/gtest.h>

#include "model/factory.h"
#include "model/undrawn_weights.h"
#include "model/w2v2_aasist/ssl_frontend.h"
#include "tests/support/tiny_model.h"

namespace codectrace::model {
namespace {

/// Names and shapes of a network's weights; nothing of them is ever read.
std::vector<StoredTensor> weights_of(const torch::nn::Module& network,
                                     const std::string& prefix = "") {
  std::vector<StoredTensor> weights;
  for (const auto& [name, tensor] : state_of(network)) {
    weights.push_back({.name = prefix + name, .shape = tensor.sizes().vec()});
  }
  return weights;
}

std::vector<StoredTensor> weights_of(Preset preset, W2v2AasistType type) {
  const UndrawnWeights only_shapes_matter;
  ModelConfig config;
  config.preset = preset;
  config.type = type;
  config.apply_preset();
  return weights_of(*make_network(config, test::four_tasks()));
}

TEST(RecogniseModel, KnowsEveryTypeAndPresetAndCountsItsClasses) {
  for (const auto& preset : enum_names(Preset{})) {
    for (const auto& type : enum_names(W2v2AasistType{})) {
      const auto model = recognise_model(weights_of(preset.value, type.value));

      ASSERT_TRUE(model) << type.name;
      EXPECT_EQ(model->config.preset, preset.value);
      EXPECT_EQ(model->config.type, type.value);
      EXPECT_EQ(model->misfit.size(), 0U);
      EXPECT_EQ(model->config.encoder.pretraining_weights, preset.value == Preset::XlsR300m);
    }
  }
  const auto model = recognise_model(weights_of(Preset::Small, W2v2AasistType::D_AUX));
  ASSERT_EQ(model->heads.size(), 2U);
  EXPECT_EQ(model->heads[0].task, "BIN");
  EXPECT_EQ(model->heads[1].classes, (std::vector<std::string>{"0", "1", "2"}));
}

TEST(RecogniseModel, SaysWhatWeightsLack) {
  auto weights = weights_of(Preset::Small, W2v2AasistType::M1);
  const auto name = weights.back().name;
  weights.pop_back();
  weights.push_back({.name = "more", .shape = {1}});

  const auto model = recognise_model(weights);

  ASSERT_TRUE(model);
  EXPECT_EQ(model->misfit.missing, std::vector{name});
  EXPECT_EQ(model->misfit.unexpected, std::vector<std::string>{"more"});
}

TEST(RecogniseModel, DoesntTakeAnotherModelForOne) {
  EXPECT_FALSE(recognise_model({}));
  EXPECT_FALSE(recognise_model(weights_of(*torch::nn::Linear(2, 3))));
  const auto of_another_size = make_network(test::tiny_model(), test::four_tasks());
  EXPECT_FALSE(recognise_model(weights_of(*of_another_size)));
}

TEST(RecogniseEncoder, KnowsAPresetsEncoderWithAndWithoutPretraining) {
  for (const bool pretraining : {true, false}) {
    const UndrawnWeights only_shapes_matter;
    ModelConfig config;
    config.encoder.pretraining_weights = pretraining;
    for (const std::string prefix : {"", "ssl_model.model."}) {
      const auto encoder = recognise_encoder(weights_of(*SslFrontend(config.encoder), prefix));

      ASSERT_TRUE(encoder);
      EXPECT_EQ(encoder->preset, Preset::XlsR300m);
      EXPECT_EQ(encoder->misfit.size(), 0U);
    }
  }
  EXPECT_FALSE(recognise_encoder(weights_of(*torch::nn::Linear(2, 3))));
}

}  // namespace
}  // namespace codectrace::model
