#include "evaluate/subsets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/evaluate/scored_list.h"

namespace codectrace::evaluate {
namespace {

using protocol::Label;
using protocol::Taxonomy;
using test::kSmallTaxonomy;
using test::small_cors_table;

const Subset& find(const std::vector<Subset>& subsets, const std::string& by,
                   const std::string& name) {
  const auto found = std::ranges::find_if(
      subsets, [&](const Subset& subset) { return subset.by == by && subset.name == name; });
  if (found == subsets.end()) throw std::runtime_error("no subset " + by + " " + name);
  return *found;
}

std::vector<Subset> cors_subsets() {
  return subsets_of(small_cors_table(4), Taxonomy::from_text(kSmallTaxonomy, "small"));
}

ScoreTable cosg_table() {
  ScoreTable table({{"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}},
                   "system");
  for (const auto* system : {"SYSA", "SYSB", "NEW"}) {
    const auto prefix = std::string(system) + "/";
    table.add(test::scored(prefix + "a", system, Label::Spoof, 1, {1, 0, 0, 0, 0, 0}));
    table.add(test::scored(prefix + "b", system, Label::BonaFide, 0, {0, 1, 0, 0, 0, 0}));
  }
  return table;
}

TEST(Subsets, BeginWithTheWholeList) {
  const auto subsets = cors_subsets();

  EXPECT_TRUE(subsets.front().by.empty());
  EXPECT_EQ(subsets.front().detection_rows.size(), 16U);
  EXPECT_EQ(subsets.front().tracing_rows.size(), 16U);
}

TEST(Subsets, AreInByteOrderOfIds) {
  const auto table = small_cors_table(4);
  for (const auto& subset : cors_subsets()) {
    EXPECT_TRUE(std::ranges::is_sorted(subset.detection_rows, {},
                                       [&](std::size_t row) { return table[row].id; }));
  }
}

TEST(Subsets, OfACodecTakeAllBonaFideForDetectionAndNoneForTracing) {
  const auto subsets = cors_subsets();

  EXPECT_EQ(find(subsets, "codec", "one_a").detection_rows.size(), 4U + 4U);
  EXPECT_EQ(find(subsets, "codec", "one_a").tracing_rows.size(), 4U);
}

TEST(Subsets, OfAFamilyJoinItsCodecs) {
  EXPECT_EQ(find(cors_subsets(), "family", "One").tracing_rows.size(), 8U);
}

TEST(Subsets, OfASpeakerTakeThatSpeakersOwn) {
  EXPECT_EQ(find(cors_subsets(), "speaker", "p1").detection_rows.size(), 8U);
}

TEST(Subsets, OfASystemTakeItsOwnBonaFide) {
  const auto subsets = subsets_of(cosg_table(), Taxonomy::from_text(kSmallTaxonomy, "small"));

  EXPECT_EQ(find(subsets, "system", "SYSA").detection_rows.size(), 2U);
  EXPECT_EQ(find(subsets, "system", "SYSA").tracing_rows.size(), 1U);
  EXPECT_EQ(find(subsets, "system", "NEW").detection_rows.size(), 2U);
}

TEST(Subsets, KnownAndUnknownAreTheTaxonomys) {
  const auto subsets = subsets_of(cosg_table(), Taxonomy::from_text(kSmallTaxonomy, "small"));

  EXPECT_EQ(find(subsets, "known", "known").detection_rows.size(), 2U);
  EXPECT_EQ(find(subsets, "known", "unknown").tracing_rows.size(), 2U);
}

TEST(Subsets, ByDurationAreBandsInTheirOrderWithBothClasses) {
  ScoreTable table({{"BIN", {"spoof", "bonafide"}}, {"VQ", {"REAL", "MVQ", "SVQ", "SQ"}}}, "codec");
  const std::vector<std::optional<double>> seconds{12.5, 1.99, 2.0, 3.9, 10.0, std::nullopt};
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const bool bonafide = i % 2 == 0;
    auto utterance = test::scored(fmt::format("p1_{}", i), bonafide ? "" : "one_a",
                                  bonafide ? Label::BonaFide : Label::Spoof, bonafide ? 0 : 1,
                                  {0, 0, 0, 0, 0, 0});
    utterance.seconds = seconds[i];
    table.add(utterance);
  }

  const auto subsets =
      subsets_of(table, Taxonomy::from_text(kSmallTaxonomy, "small"), {2, 4.5, 10});

  std::vector<std::string> names;
  for (const auto& subset : subsets) {
    if (subset.by == "duration") names.push_back(subset.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"under 2 s", "2 to 4.5 s", "10 s or more"}));
  EXPECT_EQ(find(subsets, "duration", "2 to 4.5 s").detection_rows,
            (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(find(subsets, "duration", "10 s or more").tracing_rows,
            (std::vector<std::size_t>{0, 4}));
}

}  // namespace
}  // namespace codectrace::evaluate
