#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "comm/self.h"
#include "evaluate/results.h"
#include "evaluate/token_order.h"
#include "metrics/eer.h"
#include "model/fit_to_length.h"
#include "model/scorer.h"
#include "shard/batch_reader.h"
#include "shard/corpus.h"
#include "tests/evaluate/evaluate_run.h"
#include "tests/support/tiny_sast_net.h"

namespace codectrace::evaluate {
namespace {

using test::test_communicator;

/// The columns of a SAST Net's scores.tsv that its network alone decides.
std::string ids_and_logits(const std::string& scores) {
  std::string text;
  std::istringstream lines(scores);
  for (std::string line; std::getline(lines, line);) {
    auto logits = line.size();
    for (int column = 0; column < 4; ++column) logits = line.rfind('\t', logits - 1);
    text += line.substr(0, line.find('\t')) + line.substr(logits) + "\n";
  }
  return text;
}

/// Evaluations of a SAST Net with and without compat.reference.
class SastNetEvaluateRun : public EvaluateRun {
 protected:
  void SetUp() override {
    EvaluateRun::SetUp();
    use(model::SastNetTask::Vq);
  }
  void use(model::SastNetTask task) {
    const auto name = "sast-net-" + std::string(config::name_of(task));
    on_root([&] { write_checkpoint(root_ / name, test::tiny_sast_net(task)); });
    config_.checkpoint = (root_ / name).string();
  }
  /// The results directory of an evaluation as the reference does it.
  [[nodiscard]] fs::path by_reference() {
    auto reference = config_;
    reference.out = (root_ / "reference").string();
    reference.compat.reference = true;
    EXPECT_EQ(run(reference, test_communicator()), ExitCode::Done);
    return reference.out;
  }
  /// The network's logits of one utterance alone, its tokens in the order of its seed.
  [[nodiscard]] std::vector<float> shuffled_logits(const std::string& id) const {
    const auto corpus = shard::Corpus::open(config_.corpus);
    const shard::UtteranceReader reader(corpus, {});
    std::vector<float> samples;
    EXPECT_TRUE(reader.read(corpus.find(id).value(), samples));
    const auto saved = model::open_model(config_.checkpoint);
    model::Input input;
    input.waveform = torch::empty({1, saved.network->input_samples()});
    model::fit_to_length(samples, 0,
                         {input.waveform.data_ptr<float>(),
                          static_cast<std::size_t>(saved.network->input_samples())});
    input.drawing = model::Drawing::TokenOrder;
    input.seeds = {token_order_seed(id)};
    const auto logits = model::answer_of(*saved.network, input, model::Precision::Fp32).logits[0];
    return {logits.data_ptr<float>(), logits.data_ptr<float>() + logits.numel()};
  }
};

TEST_F(SastNetEvaluateRun, AsTheReferenceScoresShuffledTokensTooAndWritesThemInItsFiles) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  const auto reference = by_reference();

  on_root([&] {
    std::istringstream lines(read_file(reference / "vq_scores.txt"));
    int utterances = 0;
    for (std::string line; std::getline(lines, line); ++utterances) {
      std::istringstream words(line);
      std::string id;
      words >> id;
      for (const float expected : shuffled_logits(id)) {
        float found = 0;
        words >> found;
        EXPECT_NEAR(found, expected, 1e-5) << id;  // a batch of another size rounds otherwise
      }
    }
    EXPECT_EQ(utterances, 4 * kSentences);
    EXPECT_EQ(ids_and_logits(result("scores.tsv")),  // own order
              ids_and_logits(read_file(reference / "scores.tsv")));
    EXPECT_NE(result("vq_scores.txt"), read_file(reference / "vq_scores.txt"));
    const auto ours = read_results(fs::path(config_.out) / "results.json");
    const auto theirs = read_results(reference / "results.json");
    EXPECT_FALSE(ours.contains(kShuffledTokens));
    const auto& shuffled = theirs.at(kShuffledTokens).at("tasks").at("VQ");
    EXPECT_THAT(read_file(reference / "VQ_task_CoRS_result.txt"),
                testing::HasSubstr(fmt::format(": {:.2f}% F1 score.",
                                               100 * shuffled.at("f1_weighted").get<double>())));
    EXPECT_THAT(read_file(reference / "report.html"), testing::HasSubstr("<h2 id=tokens>"));
  });
}

TEST_F(SastNetEvaluateRun, GivesTheSameFilesOnAnyNumberOfRanks) {
  const auto together = by_reference();

  on_root([&] {
    auto alone = config_;
    alone.out = (root_ / "alone").string();
    alone.compat.reference = true;
    comm::SelfCommunicator self;
    EXPECT_EQ(run(alone, self), ExitCode::Done);
    for (const auto* name : {"scores.tsv", "results.csv", "vq_scores.txt"}) {
      EXPECT_EQ(read_file(together / name), read_file(fs::path(alone.out) / name)) << name;
    }
  });
}

TEST_F(SastNetEvaluateRun, GoesOnFromScoresOfBothOrders) {
  config_.compat.reference = true;
  stop_at_once();

  ASSERT_EQ(run_here(), ExitCode::Done);

  EXPECT_TRUE(read_results(fs::path(config_.out) / "results.json").contains(kShuffledTokens));
}

TEST_F(SastNetEvaluateRun, OfBinRanksByTheLogitOfBonaFideAsTheReferenceDoes) {
  use(model::SastNetTask::Bin);
  const auto reference = by_reference();

  on_root([&] {
    std::vector<double> bonafide;
    std::vector<double> spoof;
    std::istringstream lines(read_file(reference / "bin_scores.txt"));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string id;
      double score = 0;
      words >> id >> score;
      (id.size() == 6 ? bonafide : spoof).push_back(score);  // p1_003, p1_003_one_a
    }
    const auto eer = metrics::eer_reference(metrics::detection_curve(bonafide, spoof)).eer;
    const auto results = read_results(reference / "results.json");
    EXPECT_EQ(results.at(kShuffledTokens).at("tasks").at("BIN").at("eer_reference"), eer);
    EXPECT_EQ(read_file(reference / "Bin_task_CoRS_result.txt"),
              fmt::format("SAST-Net on binary spoof detection task (CoRS dataset) : {:.2f}% EER.",
                          100 * eer));
  });
}

}  // namespace
}  // namespace codectrace::evaluate
