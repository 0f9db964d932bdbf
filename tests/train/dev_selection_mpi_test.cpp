#include "train/dev_selection.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "comm/self.h"
#include "tests/support/small_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"
#include "tests/support/tiny_corpus.h"

namespace codectrace::train {
namespace {

class DevSelection : public testing::Test {
 protected:
  DevSelection()
      : paths_(test::write_tiny_corpus_with_lists(folder_.path(), 12)),
        corpus_(shard::Corpus::open(paths_.corpus)),
        reader_(corpus_, {}) {
    torch::manual_seed(5);
    network_ = std::make_unique<test::SmallNetwork>(800, test::four_heads());
    set_ = read_labelled_set({paths_.lists / "train.txt"}, {},
                             protocol::Taxonomy::from_file(paths_.taxonomy), test::four_heads(),
                             corpus_);
  }

  DevResult score(comm::Communicator& comm, DevOptions options = {}) {
    options.batch_size = 4;
    return score_dev(*network_, loss_, set_, reader_, options, comm);
  }

  test::TemporaryFolder folder_;
  test::TinyCorpus paths_;
  shard::Corpus corpus_;
  shard::UtteranceReader reader_;
  std::unique_ptr<test::SmallNetwork> network_;
  LabelledSet set_;
  WeightedLoss loss_{std::vector<TaskLoss>{{"BIN", {0.1, 0.9}},
                                           {"AUX", {0.1, 0.3, 0.6}},
                                           {"DEC", {0.1, 0.45, 0.45}},
                                           {"VQ", {0.1, 0.3, 0.3, 0.3}}},
                     WeightedLossImpl::TaskWeights::Fixed, std::vector<double>{}};
};

TEST_F(DevSelection, FiguresDoNotDependOnTheNumberOfRanks) {
  comm::SelfCommunicator alone;

  const DevResult expected = score(alone);
  const DevResult found = score(test::test_communicator());

  EXPECT_EQ(found.eer, expected.eer);
  EXPECT_EQ(found.accuracy, expected.accuracy);
  // Batches of other sizes round otherwise in float32.
  EXPECT_NEAR(found.loss, expected.loss, 1e-5);
}

TEST_F(DevSelection, CountsOnlyLabelledExamples) {
  for (auto& targets : set_.targets) targets[3] = -1;

  const DevResult result = score(test::test_communicator());

  EXPECT_TRUE(std::isnan(result.accuracy_by_task[3]));
  const double mean =
      (result.accuracy_by_task[0] + result.accuracy_by_task[1] + result.accuracy_by_task[2]) / 3;
  EXPECT_DOUBLE_EQ(result.accuracy, mean);
}

TEST_F(DevSelection, AsTheReferenceAugmentsItsUtterances) {
  const auto& comm = test::test_communicator();
  comm::SelfCommunicator alone;
  const DevOptions augmented{.rawboost = 5, .seed = 1234, .epoch = 1};

  const DevResult plain = score(alone);
  const DevResult here = score(test::test_communicator(), augmented);

  EXPECT_NE(here.loss, plain.loss);
  EXPECT_NEAR(here.loss, score(alone, augmented).loss, 1e-5) << comm.size() << " ranks";
  const DevOptions next_epoch{.rawboost = 5, .seed = 1234, .epoch = 2};
  EXPECT_NE(score(alone, next_epoch).loss, score(alone, augmented).loss);
}

TEST_F(DevSelection, AsTheReferenceTakesTheAccuracyOfTracingTasks) {
  const DevResult result = score(test::test_communicator(), {.figures = DevFigures::Reference});

  const auto& by_task = result.accuracy_by_task;  // BIN first
  EXPECT_DOUBLE_EQ(result.accuracy, (by_task[1] + by_task[2] + by_task[3]) / 3);
}

TEST_F(DevSelection, AsTheReferenceCountsTiesAgainstTheModel) {
  const torch::NoGradGuard no_grad;
  for (auto& parameter : network_->parameters()) parameter.zero_();  // all scores equal

  EXPECT_EQ(score(test::test_communicator()).eer, 0.5);
  EXPECT_EQ(score(test::test_communicator(), {.figures = DevFigures::Reference}).eer, 1.0);
}

TEST_F(DevSelection, LeavesTheNetworkAsItWas) {
  network_->train();
  const auto before = network_->buffers().front().clone();

  (void)score(test::test_communicator());

  EXPECT_TRUE(network_->is_training());
  EXPECT_TRUE(torch::equal(network_->buffers().front(), before));
}

TEST_F(DevSelection, WithoutSpoofThereIsNoErrorRate) {
  for (auto& label : set_.labels) label = protocol::Label::BonaFide;

  EXPECT_TRUE(std::isnan(score(test::test_communicator()).eer));
}

TEST(IsBetter, LessErrorAndMoreAccuracy) {
  EXPECT_TRUE(is_better(SelectionMetric::Eer, 0.1, 0.2));
  EXPECT_FALSE(is_better(SelectionMetric::Loss, 0.2, 0.2));
  EXPECT_TRUE(is_better(SelectionMetric::Accuracy, 0.9, 0.8));
}

}  // namespace
}  // namespace codectrace::train
