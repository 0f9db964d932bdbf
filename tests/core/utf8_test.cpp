#include "core/utf8.h"

#include <gtest/gtest.h>

namespace codectrace {
namespace {

TEST(Utf8, IsToldFromWhatOnlyLooksLikeIt) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xB5"));
  for (const char* text : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xF8\x88\x80\x80\x80", "\xE2\x82", "\xFF"}) {
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
  }
}

TEST(Printable, LeavesTextAsItIs) {
  EXPECT_EQ(printable("encoder.layers.0.fc1.weight"), "encoder.layers.0.fc1.weight");
  EXPECT_EQ(printable("caf\xC3\xA9"), "caf\xC3\xA9");
}

TEST(Printable, ShowsWhatNoTerminalShouldGetAsQuestionMarks) {
  EXPECT_EQ(printable("a\x1B[2Jb\n\x7F"), "a?[2Jb??");
  EXPECT_EQ(printable("a\xFF"
                      "b"),
            "a?b");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "b"),
            "a?b");
}

TEST(Printable, CutsAtAWholeCharacter) {
  const std::string shown = printable("x" + std::string(150, 'y') + std::string(300, '\xC3'));
  EXPECT_LE(shown.size(), 204U);

  std::string accents;
  for (int i = 0; i < 150; ++i) accents += "\xC3\xA9";
  EXPECT_TRUE(is_utf8(printable("x" + accents)));
}

}  // namespace
}  // namespace codectrace
