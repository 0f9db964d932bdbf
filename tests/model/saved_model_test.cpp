#include "model/saved_model.h"

#include <gtest/gtest.h>

#include <fstream>

#include "model/factory.h"
#include "model/weights/load.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_sast_net.h"

namespace codectrace::model {
namespace {

class SavedModelTest : public testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(3);
    network_ = make_network(config_, test::four_tasks());
    save_model(folder_.path(), config_, "schema = 1\n", *network_);
  }

  test::TemporaryFolder folder_;
  ModelConfig config_ = test::tiny_model();
  std::shared_ptr<Network> network_;
};

TEST_F(SavedModelTest, OpensAsTheSameNetwork) {
  const auto waveform = torch::randn({2, config_.input_samples});
  network_->eval();
  const auto expected = network_->logits(waveform);

  const auto saved = open_model(folder_.path());

  saved.network->eval();
  const auto logits = saved.network->logits(waveform);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(logits[i].equal(expected[i]));
  EXPECT_EQ(saved.taxonomy_text, "schema = 1\n");
  EXPECT_EQ(saved.config.type, config_.type);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(saved.network->heads()[i].task, network_->heads()[i].task);
    EXPECT_EQ(saved.network->heads()[i].classes, network_->heads()[i].classes);
  }
}

TEST_F(SavedModelTest, OpensASastNetAsTheSameNetworkWhateverIsDrawn) {
  const auto config = test::tiny_sast_net();
  const auto network = make_network(config, test::four_tasks());
  save_model(folder_.path(), config, "schema = 1\n", *network);
  network->eval();

  const auto saved = open_model(folder_.path());

  saved.network->eval();
  EXPECT_EQ(describe(saved.config), "sast-net VQ");
  EXPECT_EQ(saved.network->frozen_part()->provenance(), network->frozen_part()->provenance());
  EXPECT_EQ(saved.network->heads()[0].classes, network->heads()[0].classes);
  Input input;
  input.waveform = torch::randn({2, config.input_samples});
  input.seeds = {7, 8};
  for (const auto drawing : {Drawing::Nothing, Drawing::Masks, Drawing::TokenOrder}) {
    input.drawing = drawing;
    EXPECT_TRUE(saved.network->forward(input).logits[0].equal(network->forward(input).logits[0]));
  }
}

TEST_F(SavedModelTest, IsTheSameBytesEachTime) {
  const test::TemporaryFolder other;

  save_model(other.path(), config_, "schema = 1\n", *network_);

  for (const auto* file : {"model.toml", "taxonomy.toml", "weights.safetensors"}) {
    EXPECT_EQ(test::bytes_of(folder_.path() / file), test::bytes_of(other.path() / file)) << file;
  }
}

TEST_F(SavedModelTest, NamesAFileThatLacks) {
  for (const auto* file : {"weights.safetensors", "taxonomy.toml", "model.toml"}) {
    std::filesystem::remove(folder_.path() / file);
    test::expect_error(
        ErrorKind::BadData, [&] { std::ignore = open_model(folder_.path()); }, file);
  }
  test::expect_error(
      ErrorKind::BadData, [&] { std::ignore = open_model(folder_.path() / "none"); },
      "no such folder");
}

TEST_F(SavedModelTest, RefusesWeightsOfAnotherModel) {
  auto other = config_;
  other.backend.graph_dim = 7;
  test::write_bytes(folder_.path() / "model.toml", config::dump(other));

  test::expect_error(
      ErrorKind::BadData, [&] { std::ignore = open_model(folder_.path()); },
      "weights.safetensors doesn't fit the model", "binary_branch.HtrgGAT_layer_ST11.att_proj.bias",
      "must be [7]");
}

TEST_F(SavedModelTest, RefusesADamagedConfig) {
  std::ofstream(folder_.path() / "model.toml", std::ios::app) << "\nnonsense = 1\n";

  test::expect_error(
      ErrorKind::BadData, [&] { std::ignore = open_model(folder_.path()); }, "model.toml",
      "unknown key");
}

}  // namespace
}  // namespace codectrace::model
