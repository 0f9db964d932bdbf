#include "train/dev_selection.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "comm/self.h"
#include "metrics/eer.h"
#include "model/fit_to_length.h"
#include "model/kept/kept_features.h"
#include "tests/support/featured_corpus.h"
#include "tests/support/frozen_network.h"
#include "tests/support/reconstructing_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"
#include "tests/support/tiny_corpus.h"
#include "train/mask_seed.h"

namespace codectrace::train {
namespace {

DevResult score_one(model::Network& network, WeightedLoss& loss, const LabelledSet& set,
                    const model::FeatureReader& reader, const DevOptions& options,
                    comm::Communicator& comm) {
  const DevSet one{set, reader};
  return score_dev(network, loss, {&one, 1}, options, comm).joined;
}

class DevSelection : public testing::Test {
 protected:
  DevSelection()
      : paths_(test::write_tiny_corpus_with_lists(folder_.path(), 12)),
        corpus_(shard::Corpus::open(paths_.corpus)),
        utterances_(corpus_, {}),
        reader_(utterances_, std::nullopt) {
    torch::manual_seed(5);
    network_ = std::make_unique<test::SmallNetwork>(800, test::four_heads());
    set_ = read_labelled_set({paths_.lists / "train.txt"}, {},
                             protocol::Taxonomy::from_file(paths_.taxonomy), test::four_heads(),
                             corpus_);
  }

  DevResult score(comm::Communicator& comm, DevOptions options = {}) {
    options.batch_size = 4;
    return score_one(*network_, loss_, set_, reader_, options, comm);
  }

  test::TemporaryFolder folder_;
  test::TinyCorpus paths_;
  shard::Corpus corpus_;
  shard::UtteranceReader utterances_;
  model::FeatureReader reader_;
  std::unique_ptr<test::SmallNetwork> network_;
  LabelledSet set_;
  WeightedLoss loss_{std::vector<TaskLoss>{{"BIN", {0.1, 0.9}},
                                           {"AUX", {0.1, 0.3, 0.6}},
                                           {"DEC", {0.1, 0.45, 0.45}},
                                           {"VQ", {0.1, 0.3, 0.3, 0.3}}},
                     TaskWeighting::Fixed, std::vector<double>{}};
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

/// The same lists, one task, and what a network of it reconstructs.
class ReconstructingDevSelection : public DevSelection {
 protected:
  ReconstructingDevSelection() {
    torch::manual_seed(5);
    const model::Head head = test::four_heads().back();
    reconstructing_ = std::make_unique<test::ReconstructingNetwork>(800, head);
    set_ = read_labelled_set({paths_.lists / "train.txt"}, {},
                             protocol::Taxonomy::from_file(paths_.taxonomy), {head}, corpus_);
    set_.targets[3][0] = -1;
  }
  DevResult score(comm::Communicator& comm, DevOptions options = {}) {
    options.batch_size = 4;
    return score_one(*reconstructing_, loss_, set_, reader_, options, comm);
  }
  /// Waveforms [entries, T] as the network takes them.
  [[nodiscard]] torch::Tensor waveforms() const {
    std::vector<torch::Tensor> rows;
    std::vector<float> utterance;
    for (const std::uint64_t index : set_.utterances) {
      EXPECT_TRUE(utterances_.read(index, utterance));
      rows.push_back(torch::empty({800}));
      model::fit_to_length(utterance, 0, {rows.back().data_ptr<float>(), 800});
    }
    return torch::stack(rows);
  }

  std::unique_ptr<test::ReconstructingNetwork> reconstructing_;
  WeightedLoss loss_{std::vector<TaskLoss>{{"VQ", {0.1, 0.3, 0.3, 0.3}}},
                     TaskWeighting::Uncertainty, std::vector<double>{0.7, 1.3}, 0.1};
};

TEST_F(ReconstructingDevSelection, FiguresAreOfWhatIsNotMasked) {
  const DevResult result = score(test::test_communicator());

  const torch::NoGradGuard no_grad;
  reconstructing_->eval();
  const torch::Tensor logits = reconstructing_->logits(waveforms())[0];  // as evaluation has them
  std::vector<double> bonafide;
  std::vector<double> spoof;
  int right = 0;
  double surprise = 0;
  double weights = 0;
  for (std::int64_t i = 0; i < logits.size(0); ++i) {
    const auto entry = static_cast<std::size_t>(i);
    const torch::Tensor p = torch::softmax(logits[i].to(torch::kFloat64), 0);
    (set_.labels[entry] == protocol::Label::BonaFide ? bonafide : spoof)
        .push_back(p[0].logit().item<double>());
    const std::int64_t answer = set_.targets[entry][0];
    if (answer < 0) continue;
    if (p.argmax().item<std::int64_t>() == answer) ++right;
    const double weight = answer == 0 ? 0.1 : 0.3;
    surprise -= weight * std::log(p[answer].item<double>());
    weights += weight;
  }
  EXPECT_NEAR(result.eer, metrics::eer(metrics::detection_curve(bonafide, spoof)).eer, 1e-12);
  EXPECT_NEAR(result.accuracy, right / static_cast<double>(set_.size() - 1), 1e-12);
  EXPECT_NEAR(result.loss_by_term[1], surprise / weights, 1e-5);
}

TEST_F(ReconstructingDevSelection, TheLossIsTrainingsWithTheMasksOfEpochZero) {
  const DevResult result = score(test::test_communicator(), {.seed = 9, .epoch = 3});

  const torch::NoGradGuard no_grad;
  reconstructing_->eval();
  model::Input input;
  input.waveform = waveforms();
  input.drawing = model::Drawing::Masks;
  for (const std::uint64_t index : set_.utterances) input.seeds.push_back(mask_seed(9, 0, index));
  const auto errors = reconstructing_->forward(input).reconstruction_errors.to(torch::kFloat64);
  double expected = 0;
  for (std::int64_t i = 0; i < errors.size(0); ++i) {
    const std::int64_t answer = set_.targets[static_cast<std::size_t>(i)][0];
    if (answer < 0) continue;
    const double own = errors[i][answer].item<double>();
    expected += own;
    for (std::int64_t d = 0; d < 4; ++d) {
      if (d != answer) expected += std::max(0.0, 0.1 + own - errors[i][d].item<double>()) / 3;
    }
  }
  expected /= static_cast<double>(set_.size() - 1);
  EXPECT_NEAR(result.loss_by_term[0], expected, 1e-5 * expected);
  EXPECT_NEAR(result.loss,
              0.5 / 0.49 * result.loss_by_term[0] + std::log(1.49) +
                  0.5 / 1.69 * result.loss_by_term[1] + std::log(2.69),
              1e-5);
}

TEST_F(ReconstructingDevSelection, MasksAndFiguresDoNotDependOnTheNumberOfRanks) {
  comm::SelfCommunicator alone;

  const DevResult expected = score(alone);
  const DevResult found = score(test::test_communicator());

  EXPECT_EQ(found.eer, expected.eer);
  EXPECT_EQ(found.accuracy, expected.accuracy);
  EXPECT_NEAR(found.loss, expected.loss, 1e-5);
}

TEST_F(DevSelection, SetsHaveTheFiguresThatEachGivesAloneAndThoseOfAllTheirUtterances) {
  auto& comm = test::test_communicator();
  const auto part = [&](std::size_t begin, std::size_t end) {
    LabelledSet set;
    for (std::size_t i = begin; i < end; ++i) {
      set.utterances.push_back(set_.utterances[i]);
      set.labels.push_back(set_.labels[i]);
      set.targets.push_back(set_.targets[i]);
    }
    return set;
  };
  const LabelledSet first = part(0, 5);
  const LabelledSet second = part(5, set_.size());
  const std::vector<DevSet> sets{{first, reader_}, {second, reader_}};
  const DevOptions options{.batch_size = 4};

  const DevResults found = score_dev(*network_, loss_, sets, options, comm);

  const auto expect_equal = [](const DevResult& one, const DevResult& other) {
    EXPECT_EQ(one.eer, other.eer);
    EXPECT_EQ(one.accuracy, other.accuracy);
    EXPECT_EQ(one.f1, other.f1);
    EXPECT_NEAR(one.loss, other.loss, 1e-5);  // summed in another order
  };
  expect_equal(found.joined, score_one(*network_, loss_, set_, reader_, options, comm));
  ASSERT_EQ(found.by_set.size(), 2U);
  expect_equal(found.by_set[0], score_one(*network_, loss_, first, reader_, options, comm));
  expect_equal(found.by_set[1], score_one(*network_, loss_, second, reader_, options, comm));
}

TEST_F(DevSelection, TheOrderOfTheBinaryClassesDoesNotMatter) {
  const auto eer_of = [&](const std::vector<std::string>& classes, double sign) {
    const model::Head head{"BIN", classes};
    test::SmallNetwork network(800, {head});
    const torch::NoGradGuard no_grad;
    torch::manual_seed(5);
    for (auto& parameter : network.parameters()) parameter.normal_();
    auto weights = network.named_parameters()["head_BIN.weight"];
    weights.copy_(torch::stack({weights[0] * sign, weights[0] * -sign}));
    network.named_parameters()["head_BIN.bias"].zero_();
    WeightedLoss loss(std::vector<TaskLoss>{{"BIN", {0.5, 0.5}}}, TaskWeighting::Fixed,
                      std::vector<double>{});
    const auto set =
        read_labelled_set({paths_.lists / "train.txt"}, {},
                          protocol::Taxonomy::from_file(paths_.taxonomy), {head}, corpus_);
    return score_one(network, loss, set, reader_, {}, test::test_communicator());
  };

  const DevResult spoof_first = eer_of({"spoof", "bonafide"}, 1.0);
  const DevResult bonafide_first = eer_of({"bonafide", "spoof"}, -1.0);  // the same answers

  EXPECT_NE(spoof_first.eer, 0.5);  // else an exchange wouldn't be seen
  EXPECT_EQ(bonafide_first.eer, spoof_first.eer);
  EXPECT_EQ(bonafide_first.accuracy, spoof_first.accuracy);
}

TEST_F(DevSelection, ReadsKeptFeaturesInPlaceOfComputingThem) {
  torch::manual_seed(5);
  test::FrozenNetwork network(800, test::four_heads());
  const test::TemporaryFolder own;  // each rank's
  const auto paths = test::write_tiny_corpus_with_lists(own.path(), 12);
  const auto corpus = test::with_features(paths.corpus, network);
  const shard::UtteranceReader utterances(corpus, {});
  const auto scored = [&](const std::optional<shard::FeatureSpec>& kept) {
    network.computed = 0;
    return score_one(network, loss_, set_, model::FeatureReader(utterances, kept),
                     {.batch_size = 4}, test::test_communicator());
  };

  const DevResult computed = scored(std::nullopt);
  EXPECT_GT(network.computed, 0);
  const DevResult read = scored(model::feature_spec(network));

  EXPECT_EQ(network.computed, 0);
  EXPECT_EQ(read.accuracy, computed.accuracy);
  EXPECT_NEAR(read.loss, computed.loss, 2e-3 * computed.loss);  // float16: 2^-11 of a feature
}

TEST(IsBetter, LessErrorAndMoreAccuracy) {
  EXPECT_TRUE(is_better(SelectionMetric::Eer, 0.1, 0.2));
  EXPECT_FALSE(is_better(SelectionMetric::Loss, 0.2, 0.2));
  EXPECT_TRUE(is_better(SelectionMetric::Accuracy, 0.9, 0.8));
}

}  // namespace
}  // namespace codectrace::train
