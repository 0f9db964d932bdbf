#include "preprocess/tally.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace codectrace::preprocess {
namespace {

void note_some(Tally& tally, int first, int last) {
  for (int i = first; i < last; ++i) {
    tally.note(Oddity::Clipped, i % 2 == 0, static_cast<std::uint64_t>(i), fmt::format("u{}", i),
               "detail");
    tally.note_source(i % 3 == 0 ? 16000 : 44100, 1 + i % 2);
    tally.note_written(10);
  }
}

TEST(Tally, OfPartsAddsUpToTheWholes) {
  Tally whole;
  note_some(whole, 0, 30);
  Tally parts;
  for (int part = 0; part < 3; ++part) {
    Tally tally;
    note_some(tally, 10 * part, 10 * part + 10);
    parts.add(tally);
  }

  EXPECT_EQ(parts.to_json(), whole.to_json());
  EXPECT_EQ(whole.count(Oddity::Clipped).files, 30U);
  EXPECT_EQ(whole.count(Oddity::Clipped).left_out, 15U);
  EXPECT_EQ(whole.count(Oddity::Clipped).samples, 435U);
  EXPECT_EQ(whole.samples(), 300U);
}

TEST(Tally, KeepsTheFirstExamplesOnly) {
  Tally tally;
  note_some(tally, 0, 100);

  const auto& examples = tally.count(Oddity::Clipped).examples;
  ASSERT_EQ(examples.size(), 10U);
  EXPECT_EQ(examples.front().id, "u0");
  EXPECT_EQ(examples.back().id, "u9");
}

TEST(Tally, SurvivesItsFile) {
  Tally tally;
  note_some(tally, 0, 20);

  EXPECT_EQ(Tally::from_json(tally.to_json()).to_json(), tally.to_json());
}

}  // namespace
}  // namespace codectrace::preprocess
