#include "evaluate/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/self.h"
#include "evaluate/results.h"
#include "evaluate/results_folder.h"
#include "tests/evaluate/evaluate_run.h"
#include "tests/support/expect_error.h"

namespace codectrace::evaluate {
namespace {

using test::test_communicator;

TEST_F(EvaluateRun, MakesTheSameFilesAsOneRank) {
  EXPECT_EQ(run_here(), ExitCode::Done);

  on_root([&] {
    auto alone = config_;
    alone.out = (root_ / "alone").string();
    comm::SelfCommunicator self;
    EXPECT_EQ(run(alone, self), ExitCode::Done);
    for (const auto* name : {"scores.tsv", "results.csv", "bin_score.txt", "vq_score.txt"}) {
      EXPECT_EQ(result(name), read_file(fs::path(alone.out) / name)) << name;
    }
  });
}

TEST_F(EvaluateRun, WritesEveryFileAndLeavesNothingElse) {
  ASSERT_EQ(run_here(), ExitCode::Done);

  for (const auto* name :
       {"scores.tsv", "results.json", "results.csv", "report.html", "config.toml", "taxonomy.toml",
        "bin_score.txt", "vq_score.txt", "results.txt"}) {
    EXPECT_TRUE(fs::exists(fs::path(config_.out) / name)) << name;
  }
  EXPECT_FALSE(fs::exists(config_.out + ".partial"));
  EXPECT_EQ(std::ranges::count(result("scores.tsv"), '\n'), 1 + 4 * kSentences);
}

TEST_F(EvaluateRun, TakesAFolderNamedWithASlashAtItsEndAsTheSame) {
  config_.out += "/";
  ASSERT_EQ(run_here(), ExitCode::Done);

  EXPECT_TRUE(fs::exists(root_ / "results" / "results.json"));
  EXPECT_FALSE(fs::exists(root_ / "results" / ".partial"));
  EXPECT_FALSE(fs::exists(root_ / "results.partial"));
}

TEST_F(EvaluateRun, StoppedAndRunAgainEqualsUndisturbed) {
  stop_at_once();
  EXPECT_FALSE(fs::exists(config_.out));
  test_communicator().barrier();

  EXPECT_EQ(run_here(), ExitCode::Done);

  EXPECT_EQ(std::ranges::count(result("scores.tsv"), '\n'), 1 + 4 * kSentences);
}

TEST_F(EvaluateRun, TakesScoresThatAreKeptFromAnotherList) {
  stop_at_once();
  on_root([&] { std::ofstream(config_.protocol, std::ios::app) << "\n"; });

  EXPECT_EQ(run_here(), ExitCode::Done);
}

TEST_F(EvaluateRun, StoppedSaysHowToGoOn) {
  testing::internal::CaptureStderr();
  stop_at_once();

  const auto said = testing::internal::GetCapturedStderr();
  if (test_communicator().is_root()) {
    EXPECT_THAT(said, testing::HasSubstr("the same command goes on"));
  }
}

TEST_F(EvaluateRun, KeepsScoresThoughFiguresAreToBeMadeInAnotherWay) {
  stop_at_once();
  config_.metrics.bootstrap_replicates = 30;
  config_.report.worst_utterances = 3;

  EXPECT_EQ(run_here(), ExitCode::Done);
}

TEST_F(EvaluateRun, RefusesKeptScoresOfOtherSettings) {
  stop_at_once();
  config_.batch_size = 6;

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "results.partial", "batch_size is 6, was 5");
}

TEST_F(EvaluateRun, RecognisesFinishedResultsOfTheSameInputs) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  const auto written = fs::last_write_time(fs::path(config_.out) / "results.json");
  test_communicator().barrier();

  EXPECT_EQ(run_here(), ExitCode::Done);

  EXPECT_EQ(fs::last_write_time(fs::path(config_.out) / "results.json"), written);
}

TEST_F(EvaluateRun, RefusesResultsOfOtherInputsAndSaysWhatDiffers) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  on_root([&] { std::ofstream(config_.protocol, std::ios::app) << "\n\n"; });

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "results", "list crc32c");
}

TEST_F(EvaluateRun, RefusesOtherSettingsAndNamesThem) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  config_.batch_size = 6;

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "settings (batch_size is 6, was 5)");
}

TEST_F(EvaluateRun, RefusesAFolderOfSomethingElse) {
  on_root([&] {
    fs::create_directories(config_.out);
    std::ofstream(fs::path(config_.out) / "thesis.tex") << "…";
  });

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "isn't a results directory");
}

TEST_F(EvaluateRun, TakesTheBestCheckpointOfARunDirectory) {
  on_root([&] {
    fs::create_directories(root_ / "run");
    fs::create_directory_symlink(root_ / "checkpoint", root_ / "run" / "best");
  });
  config_.checkpoint = (root_ / "run").string();

  EXPECT_EQ(run_here(), ExitCode::Done);
}

TEST_F(EvaluateRun, RefusesATaxonomyOfOtherClassesByTask) {
  on_root([&] {
    std::string text = test::kSmallTaxonomy;
    const std::string classes = R"("REAL", "MVQ", "SVQ", "SQ")";
    text.replace(text.find(classes), classes.size(), R"("REAL", "SVQ", "MVQ", "SQ")");
    std::ofstream(root_ / "other.toml") << text;
  });
  config_.taxonomy = (root_ / "other.toml").string();

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "task VQ", "REAL, MVQ, SVQ, SQ",
      "REAL, SVQ, MVQ, SQ");
}

TEST_F(EvaluateRun, NamesUtterancesThatTheCorpusLacks) {
  on_root([&] { std::ofstream(config_.protocol, std::ios::app) << "p9 p9_001 - - bonafide\n"; });

  test::expect_error(
      ErrorKind::BadData, [&] { (void)run_here(); }, "p9_001");
}

TEST_F(EvaluateRun, ItsReportIsDrawnAnewFromItsFiles) {
  ASSERT_EQ(run_here(), ExitCode::Done);

  on_root([&] {
    const auto before = result("report.html");
    fs::remove(fs::path(config_.out) / "report.html");
    const auto path = render_report(config_.out, {config_.report.worst_utterances});
    EXPECT_EQ(read_file(path), before);
  });
}

TEST_F(EvaluateRun, AsTheReferenceTakesTheCodecFromAFixedPlaceInTheId) {
  ASSERT_EQ(run_here(), ExitCode::Done);
  auto reference = config_;
  reference.out = (root_ / "reference").string();
  reference.compat.reference = true;

  ASSERT_EQ(run(reference, test_communicator()), ExitCode::Done);

  on_root([&] {  // of p1_003_one_a the reference takes "e_a"
    const auto ours = read_results(fs::path(config_.out) / "results.json");
    const auto theirs = read_results(fs::path(reference.out) / "results.json");
    EXPECT_EQ(ours.at("counts").at("unknown_origins"), 0);
    EXPECT_EQ(theirs.at("counts").at("unknown_origins"), 3 * kSentences);
    EXPECT_EQ(pooled(ours).at("tasks").at("VQ").at("n"), 3 * kSentences);
    EXPECT_EQ(pooled(theirs).at("tasks").at("VQ").at("n"), kSentences);  // bona fide only
    EXPECT_EQ(pooled(theirs).at("tasks").at("BIN").at("eer"),
              pooled(theirs).at("tasks").at("BIN").at("eer_reference"));
  });
}

TEST_F(EvaluateRun, TheListBalancedByAuxGoesByTheNameOfTheOthersToo) {
  on_root([&] { fs::rename(root_ / "list.txt", root_ / "dev.txt"); });
  config_.protocol = (root_ / "dev_bal_aux.txt").string();

  EXPECT_EQ(run_here(), ExitCode::Done);
}

TEST_F(EvaluateRun, WithoutACheckpointSaysWhatToGive) {
  config_.checkpoint.clear();

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run_here(); }, "--checkpoint");
}

}  // namespace
}  // namespace codectrace::evaluate
