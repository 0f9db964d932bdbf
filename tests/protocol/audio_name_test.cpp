#include "protocol/audio_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace codectrace::protocol {
namespace {

TEST(AudioName, TakesOffKnownExtensionsInAnyCase) {
  EXPECT_EQ(split_audio_name("p225_001.wav").stem, "p225_001");
  EXPECT_EQ(split_audio_name("p225_001.FLAC").stem, "p225_001");
  EXPECT_EQ(split_audio_name("p225_001_SemantiCodec_1.40kbps_16k.wav").stem,
            "p225_001_SemantiCodec_1.40kbps_16k");
}

TEST(AudioName, LeavesDotsThatBeginNoExtension) {
  EXPECT_EQ(split_audio_name("p225_001_SemantiCodec_1.40kbps_16k").extension, -1);
  EXPECT_EQ(split_audio_name("notes.txt").stem, "notes.txt");
  EXPECT_EQ(split_audio_name(".wav").extension, -1);
  EXPECT_EQ(split_audio_name("").extension, -1);
}

TEST(AudioFileCollector, TakesFlacBeforeWavAndCountsTheOther) {
  AudioFileCollector files;
  files.add("", "b.wav");
  files.add("", "a.wav");
  files.add("", "a.flac");
  files.add("", "readme.txt");

  const auto found = files.finish();

  ASSERT_EQ(found.files.size(), 2U);
  EXPECT_EQ(found.files[0].id + found.files[0].extension, "a.flac");
  EXPECT_EQ(found.files[1].id + found.files[1].extension, "b.wav");
  EXPECT_EQ(found.superseded, 1);
}

TEST(AudioFileCollector, SetsNamesApartWhoseFolderIsNotUtf8OrThatHoldControlCharacters) {
  AudioFileCollector files;
  files.add("caf\xE9/", "a.wav");
  files.add("", "two\nlines.wav");
  files.add("tab\t/", "a.wav");

  const auto found = files.finish();

  EXPECT_TRUE(found.files.empty());
  EXPECT_THAT(found.unnamed,
              testing::ElementsAre("caf\xE9/a.wav", "tab\t/a.wav", "two\nlines.wav"));
}

TEST(AudioFileCollector, SetsNamesApartThatAreNotUtf8) {
  AudioFileCollector files;
  files.add("", "caf\xE9.wav");
  files.add("", "caf\xC3\xA9.wav");

  const auto found = files.finish();

  EXPECT_EQ(found.files.size(), 1U);
  EXPECT_THAT(found.unnamed, testing::ElementsAre("caf\xE9.wav"));
}

}  // namespace
}  // namespace codectrace::protocol
