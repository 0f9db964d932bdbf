#include "evaluate/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "comm/self.h"
#include "evaluate/results_table.h"
#include "metrics/eer.h"
#include "tests/evaluate/scored_list.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::evaluate {
namespace {

using protocol::Label;
using test::small_cors_table;
using testing::HasSubstr;

const FigureOptions kFewReplicates{.bootstrap = {.replicates = 50, .seed = 1}};

Json results_of(const ScoreTable& table) {
  const auto taxonomy = protocol::Taxonomy::from_text(test::kSmallTaxonomy, "small");
  return make_results(table, subsets_of(table, taxonomy), {.listed = 160, .scored = 160},
                      {{"name", "test M1"}, {"type", "M1"}}, {{"list", "list.txt"}},
                      kFewReplicates);
}

const Json& task_of(const Json& results, const std::string& by, const std::string& name,
                    const std::string& task) {
  for (const auto& subset : results.at("subsets")) {
    if (subset.at("by") == by && subset.at("name") == name) return subset.at("tasks").at(task);
  }
  throw std::runtime_error("no subset " + name);
}

TEST(Results, CarryTheSchemaAndExactlyOneWholeList) {
  const auto results = results_of(small_cors_table(40));

  EXPECT_EQ(results.at("schema"), "codectrace.eval/1");
  EXPECT_EQ(std::ranges::count_if(results.at("subsets"),
                                  [](const Json& s) { return s.at("by").is_null(); }),
            1);
}

TEST(Results, ByTheReferencesRuleGiveItsEerAsTheEer) {
  ScoreTable table({{"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}}, "codec");
  for (int i = 0; i < 4;
       ++i) {  // all scores equal: no information, which the reference calls 100 %
    const auto id = fmt::format("p1_{:03}", i);
    table.add(test::scored(id, "", Label::BonaFide, 0, {0, 0, 0, 0, 0, 0}));
    table.add(test::scored(id + "_one_a", "one_a", Label::Spoof, 1, {0, 0, 0, 0, 0, 0}));
  }
  const std::vector<std::size_t> rows{0, 1, 2, 3, 4, 5, 6, 7};
  auto by_reference = kFewReplicates;
  by_reference.eer_rule = metrics::EerRule::Reference;

  comm::SelfCommunicator alone;
  const auto ours = Figures(table, kFewReplicates, alone).detection(rows);
  const auto theirs = Figures(table, by_reference, alone).detection(rows);

  EXPECT_EQ(ours.at("eer"), 0.5);
  EXPECT_EQ(theirs.at("eer"), 1.0);
  EXPECT_EQ(theirs.at("eer_ci95"), Json({1.0, 1.0}));
  EXPECT_EQ(ours.at("eer_reference"), theirs.at("eer_reference"));
}

TEST(Results, GiveTheEerOfTheScores) {
  const auto table = small_cors_table(40);
  std::vector<double> bonafide;
  std::vector<double> spoof;
  for (std::size_t row = 0; row < table.size(); ++row) {
    (table[row].label == Label::BonaFide ? bonafide : spoof)
        .push_back(table.detection(row).probability);
  }

  const auto results = results_of(table);
  const auto& bin = pooled(results).at("tasks").at("BIN");

  EXPECT_EQ(bin.at("eer").get<double>(), metrics::eer(bonafide, spoof).eer);
  EXPECT_EQ(bin.at("n_spoof"), 120);
  EXPECT_LE(bin.at("eer_ci95")[0], bin.at("eer"));
  EXPECT_GE(bin.at("eer_ci95")[1], bin.at("eer"));
}

TEST(Results, LeaveOutAndCountUtterancesOfUnknownClass) {
  const auto results = results_of(small_cors_table(40));
  const auto& vq = pooled(results).at("tasks").at("VQ");

  EXPECT_EQ(vq.at("n_unknown"), 40);
  EXPECT_EQ(vq.at("n"), 120);
}

TEST(Results, KeepAClassWithoutExamplesInTheConfusionMatrix) {
  const auto results = results_of(small_cors_table(40));
  const auto& vq = pooled(results).at("tasks").at("VQ");

  EXPECT_EQ(vq.at("confusion").size(), 4U);
  EXPECT_EQ(vq.at("per_class").at("SQ").at("support"), 0);
}

TEST(Results, GiveNullAndAReasonWhereNothingCanBeSaid) {
  const auto results = results_of(small_cors_table(40));
  const auto& vq = task_of(results, "codec", "two", "VQ");

  EXPECT_TRUE(vq.at("accuracy").is_null());
  EXPECT_EQ(vq.at("reasons").at("accuracy"), "no examples");
}

TEST(Results, MarkFiguresOfFewUtterances) {
  EXPECT_FALSE(
      task_of(results_of(small_cors_table(30)), "codec", "one_a", "BIN").at("few_examples"));
  EXPECT_TRUE(
      task_of(results_of(small_cors_table(29)), "codec", "one_a", "BIN").at("few_examples"));
}

TEST(Results, OfAListWithoutSpoofAreAnError) {
  ScoreTable table({{"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}}, "codec");
  table.add(test::scored("p1_001", "", Label::BonaFide, 0, {0, 1, 1, 0, 0, 0}));

  test::expect_error(
      ErrorKind::BadData, [&] { (void)results_of(table); }, "no spoof");
}

TEST(Results, ReadBackFromTheirFile) {
  const test::TemporaryFolder folder;
  const auto results = results_of(small_cors_table(10));
  std::ofstream(folder / "results.json") << results.dump(1);

  EXPECT_EQ(read_results(folder / "results.json"), results);
}

TEST(Results, OfAnotherSchemaOrTornAreRefusedByName) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "other.json") << R"({"schema":"codectrace.eval/9"})";
  std::ofstream(folder / "torn.json") << R"({"schema":"codec)";

  test::expect_error(
      ErrorKind::BadData, [&] { (void)read_results(folder / "other.json"); }, "other.json",
      "codectrace.eval/9");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)read_results(folder / "torn.json"); }, "torn.json");
}

TEST(ResultsCsv, HasALineForEachFigureWithItsInterval) {
  const auto results = results_of(small_cors_table(10));
  const auto csv = results_csv(results);
  const auto& bin = pooled(results).at("tasks").at("BIN");

  EXPECT_THAT(csv, testing::StartsWith("by,subset,task,class,metric,value,low,high\n"));
  EXPECT_THAT(csv, HasSubstr("\n,all,BIN,,eer," + bin.at("eer").dump() + "," +
                             bin.at("eer_ci95")[0].dump() + "," + bin.at("eer_ci95")[1].dump()));
  EXPECT_THAT(csv, HasSubstr("\ncodec,two,VQ,,accuracy,,,\n"));
  EXPECT_THAT(csv, HasSubstr("\n,all,VQ,MVQ,support,10,,\n"));
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) EXPECT_EQ(std::ranges::count(line, ','), 7);
}

TEST(ResultsTable, IsAtMostAHundredColumnsWide) {
  auto table = small_cors_table(40);
  std::istringstream lines(results_table(results_of(table)));

  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

/// Results of 40 utterances a kind, and of other scores of theirs as if their tokens were shuffled.
Json with_shuffled_tokens() {
  auto results = results_of(small_cors_table(40));
  const auto taxonomy = protocol::Taxonomy::from_text(test::kSmallTaxonomy, "small");
  const auto shuffled = small_cors_table(9);
  auto whole = subsets_of(shuffled, taxonomy).front();
  whole.name = "shuffled tokens";
  results[kShuffledTokens] = subset_json(shuffled, whole, kFewReplicates);
  return results;
}

TEST(ResultsTable, ShowsFiguresOfShuffledTokensBelowTheOthers) {
  const auto text = results_table(with_shuffled_tokens());

  EXPECT_THAT(text, testing::ContainsRegex("\n  VQ +120  [^\n]*\n"));
  EXPECT_THAT(text, testing::ContainsRegex("\n  VQ, shuffled tokens +27  [^\n]*\n"));
  EXPECT_THAT(text, HasSubstr("EER, shuffled tokens "));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(ResultsCsv, HasFiguresOfShuffledTokensUnderTheirName) {
  const auto results = with_shuffled_tokens();

  EXPECT_THAT(results_csv(results), HasSubstr("\n,shuffled tokens,VQ,,n,27,,\n"));
  EXPECT_EQ(task_classes(results).at("VQ").size(), 4U);
  EXPECT_EQ(pooled(results).at("name"), "all");
}

TEST(ResultsTable, ForAPaperNamesModelAndListAndEscapesNames) {
  const auto results = results_of(small_cors_table(40));

  const auto markdown = results_table(results, TableFormat::Markdown);
  const auto latex = results_table(results, TableFormat::Latex);

  EXPECT_THAT(markdown, HasSubstr("test M1 on list.txt"));
  EXPECT_THAT(markdown, HasSubstr("| one_a |"));
  EXPECT_THAT(latex, HasSubstr("one\\_a & "));
  EXPECT_THAT(latex, HasSubstr("% test M1 on list.txt: By codec"));
}

TEST(Results, BySpeakerSayHowTheyWereDrawnWhereSpeakersAreSeveral) {
  auto options = kFewReplicates;
  options.clusters = BootstrapClusters::Speaker;
  const auto table = small_cors_table(40);
  const auto taxonomy = protocol::Taxonomy::from_text(test::kSmallTaxonomy, "small");

  const auto results =
      make_results(table, subsets_of(table, taxonomy), {.listed = 160, .scored = 160},
                   {{"name", "test"}}, {{"list", "list.txt"}}, options);

  EXPECT_EQ(pooled(results).at("tasks").at("BIN").at("bootstrap"), "speaker");
  EXPECT_EQ(pooled(results).at("tasks").at("VQ").at("bootstrap"), "speaker");
  EXPECT_FALSE(task_of(results, "speaker", "p0", "BIN").contains("bootstrap"));
}

TEST(ResultsTable, ShowsEveryTaskAndCodec) {
  const auto text = results_table(results_of(small_cors_table(40)));

  for (const auto* word : {"BIN", "VQ", "EER", "one_a", "one_b", "two"}) {
    EXPECT_THAT(text, HasSubstr(word));
  }
}

}  // namespace
}  // namespace codectrace::evaluate
