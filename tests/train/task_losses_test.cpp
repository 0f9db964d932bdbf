#include "train/task_losses.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/reconstructing_network.h"
#include "tests/support/tiny_corpus.h"

namespace codectrace::train {
namespace {

class TaskLossesTest : public testing::Test {
 protected:
  std::vector<TaskLoss> losses(const std::vector<std::string>& class_weights) {
    LossConfig config;
    config.class_weights = class_weights;
    return task_losses(config, taxonomy_, model_, test::four_heads());
  }

  protocol::Taxonomy taxonomy_ = protocol::Taxonomy::from_text(test::kTinyTaxonomy, "tiny.toml");
  model::ModelConfig model_;
};

TEST_F(TaskLossesTest, TakesTheTaxonomysWeights) {
  EXPECT_EQ(losses({})[0].class_weights, (std::vector<double>{0.1, 0.9}));
}

TEST_F(TaskLossesTest, TheConfigWins) {
  const auto found = losses({"VQ 0.4 0.3 0.2 0.1"});

  EXPECT_EQ(found[3].task, "VQ");
  EXPECT_EQ(found[3].class_weights, (std::vector<double>{0.4, 0.3, 0.2, 0.1}));
}

TEST_F(TaskLossesTest, RejectsWhatDoesNotFit) {
  test::expect_error(
      ErrorKind::Usage, [&] { losses({"VQ 0.4 0.3"}); }, "VQ", "4 classes");
  test::expect_error(
      ErrorKind::Usage, [&] { losses({"XY 0.4 0.3"}); }, "XY");
  test::expect_error(
      ErrorKind::Usage, [&] { losses({"BIN 0.4 x"}); }, "BIN 0.4 x");
  test::expect_error(
      ErrorKind::Usage, [&] { losses({"BIN 0.4 -1"}); }, "BIN 0.4 -1");
}

TEST_F(TaskLossesTest, OnlyANetworkThatReconstructsHasATermForIt) {
  const test::SmallNetwork plain(800, test::four_heads());
  const test::ReconstructingNetwork reconstructing(800, test::four_heads().back());

  EXPECT_EQ(make_loss({}, taxonomy_, model_, plain)->terms(),
            (std::vector<std::string>{"BIN", "AUX", "DEC", "VQ"}));
  EXPECT_EQ(make_loss({}, taxonomy_, model_, reconstructing)->terms(),
            (std::vector<std::string>{"reconstruction", "VQ"}));
}

TEST_F(TaskLossesTest, HeadsHaveTheTaxonomysClassesInOutputOrder) {
  const auto heads = output_heads(taxonomy_, model_);

  ASSERT_EQ(heads.size(), 4U);
  EXPECT_EQ(heads[0].classes, (std::vector<std::string>{"spoof", "bonafide"}));
}

}  // namespace
}  // namespace codectrace::train
