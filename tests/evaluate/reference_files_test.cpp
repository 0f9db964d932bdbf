#include "evaluate/reference_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/random.h"
#include "tests/evaluate/scored_list.h"

namespace codectrace::evaluate {
namespace {

using protocol::Label;
using test::scored;
using testing::HasSubstr;

// What str(numpy.float32(x)) gives; the large ones as numpy 1 has them.
TEST(NumpyFloat, PrintsAsNumpyDoes) {
  EXPECT_EQ(numpy_float(0.0F), "0.0");
  EXPECT_EQ(numpy_float(-0.0F), "-0.0");
  EXPECT_EQ(numpy_float(1.0F), "1.0");
  EXPECT_EQ(numpy_float(0.1F), "0.1");
  EXPECT_EQ(numpy_float(0.99998F), "0.99998");
  EXPECT_EQ(numpy_float(1.0F / 3), "0.33333334");
  EXPECT_EQ(numpy_float(0.00010001F), "0.00010001");
  EXPECT_EQ(numpy_float(1e-4F), "1e-04");  // the float lies below 1e-4
  EXPECT_EQ(numpy_float(1e-5F), "1e-05");
  EXPECT_EQ(numpy_float(1.2345e-7F), "1.2345e-07");
  EXPECT_EQ(numpy_float(std::numeric_limits<float>::denorm_min()), "1e-45");
  EXPECT_EQ(numpy_float(123456789.0F), "123456790.0");
  EXPECT_EQ(numpy_float(1e16F), "1e+16");
  EXPECT_EQ(numpy_float(-2.5F), "-2.5");
  EXPECT_EQ(numpy_float(std::numeric_limits<float>::infinity()), "inf");
  EXPECT_EQ(numpy_float(std::nanf("")), "nan");
}

TEST(NumpyFloat, ReadsBackToTheSameFloat) {
  const CounterRandom random(1, "floats", 0, 0);
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random.bits(i)));
    if (!std::isfinite(value)) continue;
    EXPECT_EQ(std::strtof(numpy_float(value).c_str(), nullptr), value);
  }
}

TEST(ReferenceScore, IsTheDoubleThatTheFilesTextReadsAs) {
  const CounterRandom random(2, "floats", 0, 0);
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random.bits(i)));
    if (std::isnan(value)) continue;
    EXPECT_EQ(reference_score({.probability = value}),
              std::strtod(numpy_float(value).c_str(), nullptr));
  }
}

ScoreTable two_utterances() {
  ScoreTable table({{"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ"}}}, "codec");
  table.add(scored("p1_002_mini", "mini", Label::Spoof, 1, {12.0, 0.0, 0.0, 0.0}));
  table.add(scored("p1_001", "", Label::BonaFide, 0, {0.0, 0.0, 20.0, 0.0}));
  return table;
}

TEST(ReferenceFiles, HaveAnIdAndItsProbabilitiesALineInListOrder) {
  const auto files = reference_files(two_utterances(), {"D_VQ", "CoRS"});

  EXPECT_EQ(files.at("bin_score.txt"), "p1_002_mini 6.1441747e-06\np1_001 0.5\n");
  EXPECT_EQ(files.at("vq_score.txt"), "p1_002_mini 0.5 0.5\np1_001 1.0 2.0611537e-09\n");
}

TEST(ReferenceFiles, HaveOneResultLineForEachTask) {
  const auto text = reference_files(two_utterances(), {"D_VQ", "CoRS"}).at("results.txt");

  // VQ: both are taken for REAL, so F1 is 2/3 and 0.
  EXPECT_EQ(text,
            "Equal Error Rate of D_VQ on CoRS dataset: 0.00%\n"
            "Vector quantization classification F1 score of D_VQ on the CoRS dataset: 33.33%\n");
}

TEST(ReferenceFiles, OfAModelWithoutDetectionHaveNoBinaryScores) {
  ScoreTable table({{"VQ", {"REAL", "MVQ"}}}, "codec");
  ScoredUtterance utterance;
  utterance.id = "p1_001";
  utterance.codes = {0};
  utterance.logits = {1.0, 0.0};
  table.add(utterance);

  const auto files = reference_files(table, {"S_VQ", "CoRS"});

  EXPECT_FALSE(files.contains("bin_score.txt"));
  EXPECT_THAT(files.at("results.txt"), testing::Not(HasSubstr("Equal")));
}

ReferenceNames of_sast_net(const std::string& task) {
  return {task, "CoRS", model::ReferenceProgram::SastNet};
}

TEST(ReferenceFiles, OfASastNetHaveRawLogitsAndOneLineWithoutItsEnd) {
  ScoreTable table({{"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}}, "codec");
  ScoredUtterance utterance;
  utterance.id = "p1_002_mini";
  utterance.codes = {1};
  utterance.logits = {0.5, 2.0F / 3, -1e-5F, 0.0};
  table.add(utterance);

  const auto files = reference_files(table, of_sast_net("VQ"));

  EXPECT_EQ(files.size(), 2U);
  EXPECT_EQ(files.at("vq_scores.txt"), "p1_002_mini 0.5 0.6666667 -1e-05 0.0\n");
  EXPECT_EQ(files.at("VQ_task_CoRS_result.txt"),
            "SAST-Net on VQ source tracing task (CoRS dataset) : 100.00% F1 score.");
}

TEST(ReferenceFiles, OfABinarySastNetHaveBonaFideFirstAndRankByItsLogit) {
  ScoreTable table({{"BIN", {"spoof", "bonafide"}}}, "codec");
  const auto add = [&](const std::string& id, Label label, double spoof, double bonafide) {
    ScoredUtterance utterance;
    utterance.id = id;
    utterance.label = label;
    utterance.codes = {static_cast<int>(label)};
    utterance.logits = {spoof, bonafide};
    utterance.detection = {bonafide > spoof ? 0.9 : 0.1, bonafide - spoof, bonafide};
    table.add(utterance);
  };
  // Right by the difference of the logits, wrong by the second alone.
  add("p1_001", Label::BonaFide, -5.0, 1.0);
  add("p1_001_mini", Label::Spoof, 6.0, 2.0);

  const auto files = reference_files(table, of_sast_net("BIN"));

  EXPECT_EQ(files.at("bin_scores.txt"), "p1_001 1.0 -5.0\np1_001_mini 2.0 6.0\n");
  EXPECT_EQ(files.at("Bin_task_CoRS_result.txt"),
            "SAST-Net on binary spoof detection task (CoRS dataset) : 100.00% EER.");
}

/// What M2 answers: it detects without a BIN head.
ScoreTable without_bin_head() {
  ScoreTable table({{"AUX", {"REAL", "Trad"}}, {"VQ", {"REAL", "MVQ"}}}, "codec");
  table.add(scored("p1_002_mini", "mini", Label::Spoof, 1, {0.0, 9.0, 0.0, 8.0}));
  table.add(scored("p1_001", "", Label::BonaFide, 0, {9.0, 0.0, 8.0, 0.0}));
  return table;
}

TEST(ReferenceFiles, OfAModelWithoutBinaryHeadHaveItsBinaryScoresAllTheSame) {
  const auto files = reference_files(without_bin_head(), {"M2", "CoRS"});

  EXPECT_EQ(std::ranges::count(files.at("bin_score.txt"), '\n'), 2);
  EXPECT_THAT(files.at("results.txt"), HasSubstr("Equal Error Rate of M2 on CoRS dataset: "));
}

TEST(ReferenceFiles, WithItsBugsLackWhatTheReferenceFailsToWrite) {
  const auto files = reference_files(without_bin_head(), {"M2", "CoRS"}, ReferenceBugs::Reproduced);

  EXPECT_FALSE(files.contains("bin_score.txt"));
  EXPECT_FALSE(files.contains("results.txt"));
  EXPECT_TRUE(files.contains("aux_score.txt"));
  EXPECT_TRUE(files.contains("vq_score.txt"));
}

TEST(ReferenceFiles, WithItsBugsAreTheSameForAModelWithABinaryHead) {
  const ReferenceNames names{"D_VQ", "CoRS"};

  EXPECT_EQ(reference_files(two_utterances(), names, ReferenceBugs::Reproduced),
            reference_files(two_utterances(), names));
}

}  // namespace
}  // namespace codectrace::evaluate
