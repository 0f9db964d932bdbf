#include "core/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"

namespace codectrace::config {

enum class Colour { Red, Blue };
constexpr std::array<EnumName<Colour>, 2> enum_names(Colour) {
  return {{{Colour::Red, "red"}, {Colour::Blue, "blue"}}};
}

namespace {

using test::expect_error;
using testing::ElementsAre;
using testing::HasSubstr;

struct Inner {
  double lr = 1e-6;
  int steps = 10;
  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("lr", self.lr, above(0), "peak learning rate");
    visit("steps", self.steps, between(1, 100), "steps of warm-up");
  }
};

struct Outer {
  std::string name = "x";
  bool fast = false;
  Colour colour = Colour::Red;
  std::uint64_t seed = 1;
  std::vector<std::string> lists;
  std::vector<int> sizes{1, 2};
  Inner optimizer;
  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("name", self.name, any(), "a name");
    visit("fast", self.fast, any(), "whether to hurry");
    visit("colour", self.colour, any(), "a colour");
    visit("seed", self.seed, any(), "seed");
    visit("lists", self.lists, any(), "lists");
    visit("sizes", self.sizes, at_least(1), "sizes");
    visit("optimizer", self.optimizer, "the optimiser");
  }
};

Outer read_text(std::string_view text, const std::vector<std::string>& overrides = {}) {
  auto document = Document::from_text(text, "m1.toml");
  for (const auto& each : overrides) document.set(each);
  return read<Outer>(document);
}

void expect_usage(std::string_view text, const std::vector<std::string>& overrides,
                  const auto&... pieces) {
  expect_error(
      ErrorKind::Usage, [&] { static_cast<void>(read_text(text, overrides)); }, pieces...);
}

TEST(Config, KeepsDefaultsOfKeysThatAreNotGiven) {
  const Outer config = read_text("");

  EXPECT_EQ(config.name, "x");
  EXPECT_EQ(config.optimizer.steps, 10);
}

TEST(Config, ReadsEveryKindOfValue) {
  const Outer config = read_text(
      "name = 'm1'\nfast = true\ncolour = 'blue'\nseed = 7\nlists = ['a', 'b']\nsizes = [3]\n"
      "[optimizer]\nlr = 1\nsteps = 5\n");

  EXPECT_EQ(config.name, "m1");
  EXPECT_TRUE(config.fast);
  EXPECT_EQ(config.colour, Colour::Blue);
  EXPECT_EQ(config.seed, 7U);
  EXPECT_THAT(config.lists, ElementsAre("a", "b"));
  EXPECT_THAT(config.sizes, ElementsAre(3));
  EXPECT_EQ(config.optimizer.lr, 1.0);
}

TEST(Config, LetsTheCommandLineWinOverTheFile) {
  const Outer config =
      read_text("[optimizer]\nlr = 0.5\n", {"optimizer.lr=1e-5", "name=M1", "lists=['q']"});

  EXPECT_EQ(config.optimizer.lr, 1e-5);
  EXPECT_EQ(config.name, "M1");
  EXPECT_THAT(config.lists, ElementsAre("q"));
}

TEST(Config, NamesFileLineAndKeyOfAnUnknownKeyAndTheNearestOne) {
  expect_usage("\n[optimizer]\nstep = 3\n", {}, "m1.toml:3", "optimizer.step",
               "did you mean steps?");
  expect_usage("", {"optimizer.wumpus=3"}, "--set optimizer.wumpus", "unknown key");
}

TEST(Config, NamesFileLineKeyAndRangeOfAnImpossibleValue) {
  expect_usage("[optimizer]\nlr = -1e-06\n", {}, "m1.toml:2: optimizer.lr is -1e-06", "above 0",
               "peak learning rate");
  expect_usage("[optimizer]\nlr = nan\n", {}, "above 0");
  expect_usage("sizes = [1, 0]\n", {}, "m1.toml:1: sizes is 0", "at least 1");
  expect_usage("seed = -1\n", {}, "seed is -1", "out of range");
}

TEST(Config, SaysWhatTypeAKeyMustBe) {
  expect_usage("fast = 1\n", {}, "m1.toml:1: fast is 1", "true or false");
  expect_usage("name = 3\n", {}, "must be a string");
  expect_usage("[optimizer]\nsteps = 2.5\n", {}, "whole number");
  expect_usage("colour = 'green'\n", {}, "one of red, blue");
  expect_usage("optimizer = 3\n", {}, "must be a table");
}

TEST(Config, NamesTheLineOfBrokenToml) {
  expect_usage("name = 'x'\nfast = = 1\n", {}, "m1.toml:2");
}

TEST(Config, AHalfOpenRangeLeavesItsUpperEndOut) {
  const Range range = half_open(0, 1);
  double value = 0.5;
  const auto read_beta = [&](const char* text) {
    FieldReader reader(Document::from_text(text, "m1.toml"));
    reader("beta", value, range, "decay");
  };

  read_beta("beta = 0.0");
  EXPECT_EQ(value, 0.0);
  expect_error(
      ErrorKind::Usage, [&] { read_beta("beta = 1.0"); }, "m1.toml:1", "at least 0 and below 1");
}

TEST(Config, WantsKeyAndValueInSet) {
  Document document;

  expect_error(
      ErrorKind::Usage, [&] { document.set("optimizer.lr"); }, "KEY=VALUE");
}

TEST(Config, DumpsWhatReadsBackToTheSame) {
  const Outer config = read_text(
      "name = 'a \"quoted\"\\\\ name'\nseed = 5\nlists = ['p', 'q']\n[optimizer]\nlr = 0.1\n");

  const std::string dumped = dump(config);

  EXPECT_EQ(dump(read_text(dumped)), dumped);
  EXPECT_THAT(dumped, HasSubstr("lr = 0.1"));
  EXPECT_THAT(dumped, HasSubstr("colour = \"red\""));
}

TEST(Config, DocumentsEveryKeyWithItsRange) {
  const std::string table = dump(Outer{}, FieldWriter::Format::Markdown);

  EXPECT_THAT(table,
              HasSubstr("| `optimizer.steps` | `10` | between 1 and 100 | steps of warm-up |"));
  EXPECT_THAT(table, HasSubstr("red | blue"));
}

}  // namespace
}  // namespace codectrace::config
