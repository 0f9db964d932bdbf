#include "evaluate/score_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "tests/evaluate/scored_list.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::evaluate {
namespace {

using test::small_cors_table;
using test::TemporaryFolder;

const std::map<std::string, std::vector<std::string>> kClasses{
    {"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}};

TEST(ScoreTable, ReadsBackItsOwnText) {
  const TemporaryFolder folder;
  const auto table = small_cors_table(5);
  std::ofstream(folder / "scores.tsv") << table.to_tsv();

  const auto read = ScoreTable::from_tsv(folder / "scores.tsv", kClasses);

  EXPECT_EQ(read.to_tsv(), table.to_tsv());
  ASSERT_EQ(read.size(), table.size());
  EXPECT_EQ(read.origin_name(), "codec");
  EXPECT_EQ(read[3].codes, table[3].codes);
  EXPECT_EQ(read.detection(3).log_odds, table.detection(3).log_odds);
}

TEST(ScoreTable, WritesAHeaderAndALineAnUtterance) {
  const auto text = small_cors_table(1).to_tsv();

  EXPECT_THAT(text,
              testing::StartsWith("id\tscore\tlog_odds\tlabel\tcodec\tspeaker\tVQ\tlogit_BIN_0\t"
                                  "logit_BIN_1\tlogit_VQ_0\t"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 5);
  EXPECT_THAT(text, testing::HasSubstr("\tspoof\ttwo\tp0\t-\t"));
}

TEST(ScoreTable, TellsWhetherAModelDetects) {
  EXPECT_TRUE(ScoreTable({{"BIN", {"spoof", "bonafide"}}}, "codec").detects());
  EXPECT_TRUE(ScoreTable({{"VQ", {"REAL", "A"}}, {"DEC", {"REAL", "B"}}}, "codec").detects());
  EXPECT_FALSE(ScoreTable({{"VQ", {"REAL", "A"}}}, "codec").detects());
}

TEST(ScoreTable, RefusesALogitThatIsNotFinite) {
  ScoreTable table({{"VQ", {"REAL", "A"}}}, "codec");
  ScoredUtterance utterance;
  utterance.id = "p225_001";
  utterance.logits = {1, std::nan("")};

  test::expect_error(
      ErrorKind::BadData, [&] { table.add(utterance); }, "p225_001", "finite");
}

class DamagedScores : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(DamagedScores, NamesFileAndLine) {
  const TemporaryFolder folder;
  const auto& [text, complaint] = GetParam();
  std::ofstream(folder / "scores.tsv")
      << "id\tscore\tlog_odds\tlabel\tcodec\tspeaker\tlogit_BIN_0\tlogit_BIN_1\n"
      << text << "\n";

  test::expect_error(
      ErrorKind::BadData, [&] { (void)ScoreTable::from_tsv(folder / "scores.tsv", kClasses); },
      "scores.tsv:2", complaint);
}

INSTANTIATE_TEST_SUITE_P(Lines, DamagedScores,
                         testing::Values(std::pair{"p1\t0.5\t0\tbonafide\t-\tp1\t0", "columns"},
                                         std::pair{"p1\t0.5\t0\tfake\t-\tp1\t0\t0", "fake"},
                                         std::pair{"p1\tmany\t0\tspoof\t-\tp1\t0\t0", "many"},
                                         std::pair{"p1\t0.5\t0\tspoof\t-\tp1\t0\tnan", "finite"}));

TEST(ScoreTable, SaysWhichColumnAFileLacks) {
  const TemporaryFolder folder;
  std::ofstream(folder / "scores.tsv") << "name\tlogit_BIN_0\tlogit_BIN_1\na\t0\t0\n";

  test::expect_error(
      ErrorKind::BadData, [&] { (void)ScoreTable::from_tsv(folder / "scores.tsv", kClasses); },
      "\"id\"");
}

TEST(ScoreTable, KeepsHowLongUtterancesAre) {
  const test::TemporaryFolder folder;
  auto utterance = test::scored("p1_1", "", protocol::Label::BonaFide, 0, {0, 1, 0, 0, 0, 0});
  utterance.seconds = 3.25;
  ScoreTable table({{"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}}, "codec");
  table.add(utterance);
  std::ofstream(folder / "scores.tsv") << table.to_tsv();

  const auto read =
      ScoreTable::from_tsv(folder / "scores.tsv",
                           {{"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}});

  EXPECT_EQ(read[0].seconds, 3.25);
}

}  // namespace
}  // namespace codectrace::evaluate
