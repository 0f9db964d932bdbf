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

TEST(Plain, IsTextWithoutControlCharacters) {
  for (const char* text : {"", "a b", "caf\xC3\xA9", "\xC2\xA0"}) {
    EXPECT_TRUE(is_plain_text(text)) << testing::PrintToString(text);
    EXPECT_EQ(escaped(text), text);
  }
  for (const char* text : {"a\nb", "\x7F", "\t", "\xC2\x9B", "caf\xE9"}) {
    EXPECT_FALSE(is_plain_text(text)) << testing::PrintToString(text);
    EXPECT_TRUE(is_plain_text(escaped(text))) << testing::PrintToString(text);
  }
}

TEST(Escaped, ShowsEachByteThatIsNotPlain) {
  EXPECT_EQ(escaped("caf\xE9.wav"), "caf\\xe9.wav");
  EXPECT_EQ(escaped("a\nb"), "a\\x0ab");
  EXPECT_EQ(escaped("a\xC2\x9B"
                    "b"),
            "a\\xc2\\x9bb");
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
