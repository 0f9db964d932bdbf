#include "evaluate/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "evaluate/html.h"
#include "evaluate/plots.h"
#include "evaluate/results.h"
#include "tests/evaluate/scored_list.h"

namespace codectrace::evaluate {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string report_of(const ScoreTable& table, const ScoreTable* shuffled = nullptr,
                      BootstrapClusters clusters = BootstrapClusters::None) {
  const auto taxonomy = protocol::Taxonomy::from_text(test::kSmallTaxonomy, "small");
  const auto subsets = subsets_of(table, taxonomy);
  auto results = make_results(table, subsets, {.listed = 160, .scored = 160},
                              {{"name", "test <M1>"}, {"type", "M1"}},
                              {{"list", "list & more.txt"},
                               {"inputs", {{"list crc32c", "78aa742c"}, {"settings", "a = 1\n"}}},
                               {"config", "batch_size = 1\n"}},
                              {.bootstrap = {.replicates = 20, .seed = 1}, .clusters = clusters});
  if (shuffled != nullptr) {
    results[kShuffledTokens] = subset_json(*shuffled, subsets_of(*shuffled, taxonomy).front(),
                                           {.bootstrap = {.replicates = 20, .seed = 1}});
  }
  return report_html(results, table, subsets, {});
}

TEST(Report, StandsByItself) {
  const auto html = report_of(test::small_cors_table(40));

  EXPECT_THAT(html, testing::StartsWith("<!DOCTYPE html>"));
  for (const auto* outside : {"<script src", "<link", "@import", "src=", "url(http"}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
}

TEST(Report, EscapesWhatComesFromOutside) {
  const auto html = report_of(test::small_cors_table(10));

  EXPECT_THAT(html, HasSubstr("test &lt;M1&gt; on list &amp; more.txt"));
  EXPECT_THAT(html, Not(HasSubstr("<M1>")));
}

TEST(Report, NamesEachInputWithItsChecksum) {
  const auto html = report_of(test::small_cors_table(10));

  const auto provenance = html.substr(html.find("<h2 id=provenance>"));
  EXPECT_THAT(provenance, HasSubstr("<dt>list crc32c<dd>78aa742c"));
  EXPECT_THAT(provenance, Not(HasSubstr("settings")));
}

TEST(Report, HasFiguresOfShuffledTokensBesideTheOthers) {
  const auto shuffled = test::small_cors_table(10);
  const auto without = report_of(test::small_cors_table(40));
  const auto with = report_of(test::small_cors_table(40), &shuffled);

  EXPECT_THAT(without, Not(HasSubstr("shuffled")));
  const auto section = with.substr(with.find("<h2 id=tokens>"));
  const auto row = section.substr(section.find("VQ accuracy"));
  const auto line = row.substr(0, row.find('\n'));
  EXPECT_EQ(std::ranges::count(line, '('), 2) << line;  // two figures with their intervals
}

TEST(Report, SaysWhereAClassHasNoExamples) {
  EXPECT_THAT(report_of(test::small_cors_table(10)), HasSubstr("no examples"));
}

TEST(Report, ListsTheSurestMistakes) {
  const auto table = test::small_cors_table(10);
  std::size_t worst = 0;
  double confidence = 0;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const bool bonafide = table[row].label == protocol::Label::BonaFide;
    const double p = table.detection(row).probability;
    const double wrong = bonafide ? 1 - p : p;
    if (wrong > confidence) {
      confidence = wrong;
      worst = row;
    }
  }
  const auto html = report_of(table);

  const auto mistakes = html.substr(html.find("id=worst"));
  EXPECT_THAT(mistakes, HasSubstr("BIN<td class=id>" + table[worst].id));
}

TEST(Report, DescribesEveryPlotInWords) {
  const auto html = report_of(test::small_cors_table(40));

  std::size_t plots = 0;
  for (auto at = html.find("<svg"); at != std::string::npos; at = html.find("<svg", at + 1)) {
    EXPECT_EQ(html.compare(at, 15, "<svg role=\"img\""), 0);
    ++plots;
  }
  EXPECT_EQ(plots, 4U);  // DET, ROC, histogram, codecs
}

TEST(Report, SaysWhatIntervalsAreOver) {
  EXPECT_THAT(report_of(test::small_cors_table(40)), HasSubstr("bootstrap over utterances."));
  EXPECT_THAT(report_of(test::small_cors_table(40), nullptr, BootstrapClusters::Speaker),
              HasSubstr("bootstrap over speakers, over utterances where a class has one."));
}

TEST(Report, SortsTablesByAScriptOfItsOwn) {
  const auto html = report_of(test::small_cors_table(40));

  EXPECT_THAT(html, HasSubstr("<table class=sortable><thead>"));
  EXPECT_THAT(html, HasSubstr("querySelectorAll(\"table.sortable\")"));
}

TEST(Report, WithoutGnuplotHasTheTablesAndNamesThePackage) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  const auto html = report_of(test::small_cors_table(10));
  ::setenv("PATH", path.c_str(), 1);

  EXPECT_THAT(html, HasSubstr("gnuplot-nox"));
  EXPECT_THAT(html, Not(HasSubstr("<svg")));
  EXPECT_THAT(html, HasSubstr("<table class=confusion>"));
}

TEST(Html, EscapesEveryCharacterThatMarksUp) {
  EXPECT_EQ(escape_html("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}

TEST(Probit, InvertsTheNormalDistribution) {
  EXPECT_NEAR(probit(0.5), 0, 1e-12);
  EXPECT_NEAR(probit(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(probit(0.001), -3.090232306167813, 1e-11);
}

}  // namespace
}  // namespace codectrace::evaluate
