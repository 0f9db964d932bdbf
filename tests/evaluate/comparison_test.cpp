#include "evaluate/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "evaluate/comparison_tables.h"
#include "evaluate/published_figures.h"
#include "evaluate/results.h"
#include "evaluate/results_folder.h"
#include "metrics/paired_comparison.h"
#include "tests/evaluate/scored_list.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Logits of utterance `i` of a system that errs more the larger `noise`; the same draws for all.
std::vector<double> logits_of(std::size_t i, bool bonafide, int vq, double noise,
                              std::uint64_t seed) {
  const CounterRandom random(seed, "logits", 0, i);
  std::vector<double> logits(6);
  logits[bonafide ? 1 : 0] = 2;
  logits[2 + static_cast<std::size_t>(vq)] = 2;
  for (std::size_t k = 0; k < logits.size(); ++k) logits[k] += noise * random.normal(k);
  return logits;
}

class Comparison : public testing::Test {
 protected:
  /// Writes a results directory of one system on a list of `utterances`.
  fs::path results(const std::string& name, double noise, std::uint64_t seed,
                   std::size_t utterances = 240, const std::string& list_crc = "11223344",
                   const std::string& model = "w2v2-aasist M1") {
    const auto taxonomy = protocol::Taxonomy::from_text(test::kSmallTaxonomy, "small");
    ScoreTable table({{"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}},
                     "codec");
    for (std::size_t i = 0; i < utterances; ++i) {
      const bool bonafide = i % 3 == 0;
      const int vq = bonafide ? 0 : 1 + static_cast<int>(i % 2);
      table.add(test::scored(fmt::format("p_{:04}", i),
                             bonafide ? "" : (vq == 1 ? "one_a" : "one_b"),
                             bonafide ? protocol::Label::BonaFide : protocol::Label::Spoof, vq,
                             logits_of(i, bonafide, vq, noise, seed)));
    }
    FigureOptions options;
    options.bootstrap.replicates = 100;
    Counts counts;
    counts.listed = counts.scored = static_cast<std::int64_t>(utterances);
    const Json provenance{
        {"list", "CoRS_ALL.txt"}, {"config", ""}, {"inputs", {{"list crc32c", list_crc}}}};
    const auto made = make_results(table, subsets_of(table, taxonomy), counts,
                                   {{"name", model}, {"type", "M1"}}, provenance, options);
    auto with_taxonomy = made;
    with_taxonomy["taxonomy"] = Json::object();
    for (const auto& task : table.tasks())
      with_taxonomy["taxonomy"][task.name] = {{"classes", task.classes},
                                              {"plot_labels", task.classes}};
    const auto folder = folder_.path() / name;
    make_folders(folder.parent_path());
    write_results_folder(folder, with_taxonomy, table, taxonomy, {}, {});
    return folder;
  }

  /// Makes of a results directory one whose tokens were shuffled too, with the figures of another.
  static void add_shuffled(const fs::path& folder, const fs::path& other) {
    auto whole = read_results(folder / "results.json");
    whole[kShuffledTokens] = pooled(read_results(other / "results.json"));
    write_file_atomically(folder / "results.json", whole.dump());
  }

  CompareOptions quick() {
    CompareOptions options;
    options.bootstrap.replicates = 200;
    return options;
  }

  static const Json& test_of(const Json& comparison, const std::string& task,
                             const std::string& metric) {
    for (const auto& test : comparison.at("tests")) {
      if (test.at("task") == task && test.at("metric") == metric) return test;
    }
    throw std::runtime_error("no such test");
  }

  test::TemporaryFolder folder_;
};

TEST_F(Comparison, TellsAWorseSystemFromABetterOne) {
  const auto comparison = compare({results("good", 1.0, 1), results("bad", 4.0, 2)}, quick());

  const auto& eer = test_of(comparison, "BIN", "eer");
  EXPECT_LT(eer.at("difference").get<double>(), 0);
  EXPECT_LT(eer.at("ci95")[1].get<double>(), 0);
  EXPECT_LT(eer.at("p_holm").get<double>(), 0.05);
  const auto& items = comparison.at("items");
  EXPECT_NEAR(eer.at("difference").get<double>(),
              items[0].at("tasks").at("BIN").at("eer").get<double>() -
                  items[1].at("tasks").at("BIN").at("eer").get<double>(),
              1e-12);
  const auto& accuracy = test_of(comparison, "VQ", "accuracy");
  EXPECT_NEAR(accuracy.at("difference").get<double>(),
              items[0].at("tasks").at("VQ").at("accuracy").get<double>() -
                  items[1].at("tasks").at("VQ").at("accuracy").get<double>(),
              1e-12);
  for (const auto& ranking : comparison.at("rankings")) {
    EXPECT_EQ(ranking.at("places")[0].at("name"), "good");
    EXPECT_EQ(ranking.at("places")[1].at("differs_from_best"), true);
  }
}

TEST_F(Comparison, OfASystemWithItselfFindsNothing) {
  const auto comparison = compare({results("one", 2.0, 1), results("other", 2.0, 1)}, quick());

  for (const auto& test : comparison.at("tests")) {
    EXPECT_EQ(test.at("difference").get<double>(), 0);
    EXPECT_EQ(test.at("p_holm").get<double>(), 1);
  }
  EXPECT_EQ(comparison.at("rankings")[0].at("places")[1].at("differs_from_best"), false);
}

TEST_F(Comparison, CorrectsOverAllTestsOfAllPairs) {
  const std::vector<fs::path> three{results("a", 1.0, 1), results("b", 1.5, 2),
                                    results("c", 3.0, 3)};
  const auto all = compare(three, quick());
  ASSERT_EQ(all.at("tests").size(), 9U);  // three pairs: EER, accuracy of BIN and of VQ
  std::vector<double> p;
  for (const auto& test : all.at("tests")) p.push_back(test.at("p"));
  const auto wanted = metrics::holm(p);
  for (std::size_t i = 0; i < p.size(); ++i)
    EXPECT_DOUBLE_EQ(all.at("tests")[i].at("p_holm").get<double>(), wanted[i]);

  auto options = quick();
  options.baselines = {three[0]};
  EXPECT_EQ(compare(three, options).at("tests").size(), 6U);
  options.baselines = {folder_.path() / "d"};
  test::expect_error(
      ErrorKind::Usage, [&] { (void)compare(three, options); }, "isn't one of the results");
}

TEST_F(Comparison, TestsOnlyWhatIsOfOneList) {
  const auto comparison =
      compare({results("a", 1, 1), results("b", 1, 2, 240, "99999999")}, quick());

  EXPECT_TRUE(comparison.at("tests").empty());
  EXPECT_EQ(comparison.at("rankings")[0].at("places")[1].at("differs_from_best"), nullptr);
}

TEST_F(Comparison, RefusesOtherUtterancesOfOneList) {
  const auto a = results("a", 1, 1);
  const auto b = results("b", 1, 2, 239);

  test::expect_error(
      ErrorKind::BadData,
      [&] {
        (void)compare({a, b}, quick());
      },
      "p_0239", "on_bad_audio");
  test::expect_error(
      ErrorKind::Usage, [&] { (void)compare({a}, quick()); }, "at least two");
}

TEST_F(Comparison, NamesItemsByAsMuchOfThePathAsTellsThemApart) {
  const auto comparison = compare({results("m1/cors", 1, 1), results("m2/cors", 1, 2)}, quick());

  EXPECT_EQ(comparison.at("items")[0].at("name"), "m1/cors");
  EXPECT_EQ(comparison.at("items")[1].at("name"), "m2/cors");
}

TEST_F(Comparison, ShowsPublishedFiguresOfTheModelAndList) {
  auto options = quick();
  options.published = folder_.path() / "published.csv";
  const std::string header = "source,model,sampling,task,dataset,eer_percent,f1_weighted_percent\n";
  write_file_atomically(options.published, header +
                                               "paper,w2v2-aasist M1,VQ,VQ,CoRS,2.09,97.15\r\n"
                                               "paper,w2v2-aasist M2,VQ,VQ,CoRS,2.38,96.58\n"
                                               "paper,w2v2-aasist M1,VQ,VQ,CoSG_all,16.97,\n");
  const std::vector<fs::path> two{results("a", 1, 1, 240, "d22213c0"),
                                  results("b", 1, 2)};  // another list with that name

  const auto comparison = compare(two, options);

  EXPECT_TRUE(comparison.at("items")[1].at("published").empty());

  const auto& published = comparison.at("items")[0].at("published");
  ASSERT_EQ(published.size(), 1U);
  EXPECT_NEAR(published[0].at("eer").get<double>(), 0.0209, 1e-12);
  EXPECT_THAT(comparison_text(comparison, TableFormat::Text), HasSubstr("97.15"));

  for (const auto& [line, message] : std::vector<std::pair<std::string, std::string>>{
           {"paper,m,VQ,VQ,CoRS,2.0\n", "line 2: 6 fields"},
           {"paper,m,VQ,VQ,CoRS,two,\n", "line 2: two is no percentage"},
           {"paper,m,VQ,VQ,CoRS,200,\n", "line 2: 200 is no percentage"}}) {
    write_file_atomically(options.published, header + line);
    test::expect_error(
        ErrorKind::BadData, [&] { (void)compare(two, options); }, message);
  }
}

TEST_F(Comparison, SetsFiguresOfShuffledTokensBesidePublishedOnes) {
  auto options = quick();
  options.published = folder_.path() / "published.csv";
  write_file_atomically(options.published,
                        "source,model,sampling,task,dataset,eer_percent,f1_weighted_percent\n"
                        "paper,sast-net VQ,VQ,VQ,CoRS,,97.39\n"
                        "paper,sast-net AUX,AUX,AUX,CoRS,,91.11\n");
  const auto both = results("both", 1, 1, 240, "d22213c0", "sast-net VQ");
  const auto other = results("other", 3, 2, 240, "d22213c0", "sast-net AUX");
  add_shuffled(both, other);

  const auto comparison = compare({both, other}, options);

  const auto percent_of = [&](std::size_t item, const char* tasks) {
    const auto& figures = comparison.at("items").at(item).at(tasks).at("VQ");
    return fmt::format("{:.2f}", 100 * figures.at("f1_weighted").get<double>());
  };
  const auto own = percent_of(0, "tasks");
  const auto shuffled = percent_of(0, "shuffled_tokens");
  ASSERT_NE(own, shuffled);
  EXPECT_EQ(shuffled, percent_of(1, "tasks"));
  const auto text = comparison_text(comparison, TableFormat::Text);
  const std::string number = R"( +[0-9.]+)";
  EXPECT_THAT(text, testing::ContainsRegex("both, shuffled tokens +paper +VQ +CoRS +VQ +- +97.39" +
                                           number + " +" + shuffled));
  EXPECT_THAT(text, testing::ContainsRegex("\n *other +paper +AUX"));
  EXPECT_THAT(text, testing::ContainsRegex("both +CoRS_ALL.txt +VQ [^\n]* " + own));
  EXPECT_THAT(text,
              testing::ContainsRegex("both, shuffled tokens +CoRS_ALL.txt +VQ [^\n]* " + shuffled));
  EXPECT_THAT(comparison_csv(comparison),
              HasSubstr("\nshuffled_tokens,CoRS_ALL.txt,VQ,f1_weighted,both,,"));
}

TEST_F(Comparison, IsWrittenInThreeFormatsAndLongForm) {
  const auto comparison = compare({results("a", 1, 1), results("b", 3, 2)}, quick());

  const auto text = comparison_text(comparison, TableFormat::Text);
  EXPECT_THAT(text, HasSubstr("CoRS_ALL.txt"));
  EXPECT_THAT(text, HasSubstr("Rankings"));
  EXPECT_THAT(comparison_text(comparison, TableFormat::Markdown), HasSubstr("| a - b |"));
  EXPECT_THAT(comparison_text(comparison, TableFormat::Latex), HasSubstr("CoRS\\_ALL.txt"));
  const auto csv = comparison_csv(comparison);
  EXPECT_THAT(csv, HasSubstr("figure,CoRS_ALL.txt,BIN,eer,a,,"));
  EXPECT_THAT(csv, HasSubstr("difference,CoRS_ALL.txt,VQ,accuracy,a,b,"));
}

}  // namespace
}  // namespace codectrace::evaluate
