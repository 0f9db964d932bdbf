#include "model/recognition.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/factory.h"
#include "model/undrawn_weights.h"
#include "model/w2v2_aasist/w2v2_aasist.h"
#include "model/wav2vec2/ssl_frontend.h"
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

std::vector<StoredTensor> without(std::vector<StoredTensor> weights, std::size_t count) {
  weights.resize(weights.size() - count);
  return weights;
}

TEST(NearestModel, KnowsEveryTypeAndPresetAndCountsItsClasses) {
  for (const auto& preset : enum_names(Preset{})) {
    for (const auto& type : enum_names(W2v2AasistType{})) {
      const auto model = nearest_model(weights_of(preset.value, type.value));

      ASSERT_TRUE(model) << type.name;
      EXPECT_EQ(model->config.preset, preset.value);
      EXPECT_EQ(model->config.type, type.value);
      EXPECT_EQ(model->comparison.misfit.size(), 0U);
      EXPECT_EQ(model->config.encoder.pretraining_weights, preset.value == Preset::XlsR300m);
    }
  }
  const auto model = nearest_model(weights_of(Preset::Small, W2v2AasistType::D_AUX));
  ASSERT_EQ(model->heads.size(), 2U);
  EXPECT_EQ(model->heads[0].task, "BIN");
  EXPECT_EQ(model->heads[1].classes, (std::vector<std::string>{"0", "1", "2"}));
}

TEST(NearestModel, KnowsASastNetAndTheTasksOfItsNumberOfClasses) {
  using Variants = std::vector<std::string>;
  const UndrawnWeights only_shapes_matter;
  for (const auto& [task, variants] :
       {std::pair(SastNetTask::Bin, Variants{"BIN"}), std::pair(SastNetTask::Dec, Variants{"DEC"}),
        std::pair(SastNetTask::Vq, Variants{"AUX", "VQ"})}) {
    for (const auto preset : {Preset::XlsR300m, Preset::Small}) {
      auto config = preset_config(Architecture::SastNet, preset);
      config.task = task;
      config.whisper.decoder_weights = false;  // half a gigabyte, and a flag to be found out

      const auto model = nearest_model(weights_of(*make_network(config, test::four_tasks())));

      ASSERT_TRUE(model);
      EXPECT_EQ(model->config.name, Architecture::SastNet);
      EXPECT_EQ(model->config.preset, preset);
      EXPECT_EQ(model->variants, variants);
      EXPECT_EQ(model->comparison.misfit.size(), 0U);
      EXPECT_FALSE(model->config.whisper.decoder_weights);
    }
  }
}

TEST(NearestModel, SaysWhatWeightsLack) {
  auto weights = weights_of(Preset::Small, W2v2AasistType::M1);
  const auto name = weights.back().name;
  weights.pop_back();
  weights.push_back({.name = "more", .shape = {1}});

  const auto model = nearest_model(weights);

  ASSERT_TRUE(model);
  EXPECT_EQ(model->comparison.misfit.missing, std::vector{name});
  EXPECT_EQ(model->comparison.misfit.unexpected, std::vector<std::string>{"more"});
  EXPECT_TRUE(model->comparison.is_recognised());
}

TEST(NearestModel, IsRecognisedIfNoMoreThanAQuarterLacks) {
  auto weights = weights_of(Preset::Small, W2v2AasistType::S_VQ);
  std::ranges::partition(weights, [](const StoredTensor& tensor) {
    return tensor.name.find("out_layer") != std::string::npos;  // it tells the tasks
  });
  const auto quarter = weights.size() / 4;

  const auto lacks_a_quarter = nearest_model(without(weights, quarter));
  const auto lacks_more = nearest_model(without(weights, quarter + 1));

  ASSERT_TRUE(lacks_a_quarter);
  ASSERT_TRUE(lacks_more);
  EXPECT_TRUE(lacks_a_quarter->comparison.is_recognised());
  EXPECT_FALSE(lacks_more->comparison.is_recognised());
  EXPECT_EQ(lacks_more->config.type, W2v2AasistType::S_VQ);  // all the same the nearest
  EXPECT_EQ(lacks_more->config.preset, Preset::Small);
  EXPECT_EQ(lacks_more->comparison.lacking(), quarter + 1);
  EXPECT_EQ(lacks_more->comparison.wanted, weights.size());
}

TEST(NearestModel, OfTasksThatNoTypeHasIsTheTypeWithTheFewestOthers) {
  auto weights = weights_of(Preset::Small, W2v2AasistType::M1);
  std::erase_if(weights, [](const StoredTensor& tensor) {
    return tensor.name.starts_with(branch_name("BIN") + ".") ||
           tensor.name.starts_with(branch_name("DEC") + ".");
  });

  const auto model = nearest_model(weights);

  ASSERT_TRUE(model);
  EXPECT_EQ(model->config.preset, Preset::Small);
  EXPECT_GT(model->comparison.misfit.size(), 0U);
}

TEST(NearestModel, DoesntMakeTheClassesThatAFileClaims) {
  auto weights = weights_of(Preset::Small, W2v2AasistType::S_VQ);
  const auto output =
      std::ranges::find(weights, branch_name("VQ") + ".out_layer.bias", &StoredTensor::name);
  ASSERT_NE(output, weights.end());
  output->shape = {std::int64_t{1} << 40};

  EXPECT_FALSE(nearest_model(weights));
  const auto compared = compare_with_model(test::tiny_model(), weights);
  EXPECT_FALSE(compared.comparison.is_recognised());
}

TEST(NearestModel, IsntThereOrNotRecognisedOfAnotherModel) {
  EXPECT_FALSE(nearest_model({}));
  EXPECT_FALSE(nearest_model(weights_of(*torch::nn::Linear(2, 3))));
  const auto of_another_size = make_network(test::tiny_model(), test::four_tasks());
  const auto nearest = nearest_model(weights_of(*of_another_size));
  ASSERT_TRUE(nearest);
  EXPECT_FALSE(nearest->comparison.is_recognised());
}

TEST(NearestEncoder, KnowsAPresetsEncoderWithAndWithoutPretraining) {
  for (const bool pretraining : {true, false}) {
    const UndrawnWeights only_shapes_matter;
    ModelConfig config;
    config.encoder.pretraining_weights = pretraining;
    for (const std::string prefix : {"", "ssl_model.model."}) {
      const auto encoder = nearest_encoder(weights_of(*SslFrontend(config.encoder), prefix));

      ASSERT_TRUE(encoder);
      EXPECT_EQ(encoder->preset, Preset::XlsR300m);
      EXPECT_EQ(encoder->comparison.misfit.size(), 0U);
      EXPECT_TRUE(encoder->comparison.is_recognised());
    }
  }
  EXPECT_FALSE(nearest_encoder(weights_of(*torch::nn::Linear(2, 3))));
}

TEST(NearestEncoder, OfAnotherSizeIsNotRecognised) {
  ModelConfig config = test::tiny_model();
  const auto encoder = nearest_encoder(weights_of(*SslFrontend(config.encoder)));
  ASSERT_TRUE(encoder);
  EXPECT_FALSE(encoder->comparison.is_recognised());
}

}  // namespace
}  // namespace codectrace::model
