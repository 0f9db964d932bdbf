#include "preprocess/scan.h"

#include "tests/support/audio_set.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::preprocess {
namespace {

using test::expect_error;

class ScanOfAFolder : public testing::Test {
 protected:
  /// Empty files: a scan opens none.
  void write_names(std::initializer_list<const char*> names) {
    std::filesystem::create_directories(folder_ / "audio");
    for (const char* name : names) test::write_bytes(folder_ / "audio" / name, "");
    config_ = test::small_config(folder_ / "audio", folder_ / "corpus");
  }
  std::string write_list(const std::string& name, const std::string& text) {
    test::write_bytes(folder_ / name, text);
    return (folder_ / name).string();
  }
  static std::string category(const WorkList& work, std::size_t utterance, std::size_t column) {
    const auto code = work.codes_of(utterance)[column];
    return code < 0 ? "?" : work.columns[column].categories.at(static_cast<std::size_t>(code));
  }

  test::TemporaryFolder folder_;
  Config config_;
};

TEST_F(ScanOfAFolder, OrdersUtterancesById) {
  write_names({"p226_001.wav", "p225_002.wav", "p225_001_mini.flac", "p225_001.wav"});

  const auto work = scan(config_).work;

  ASSERT_EQ(work.size(), 4U);
  EXPECT_EQ(work.file(0), "p225_001.wav");
  EXPECT_EQ(work.file(1), "p225_001_mini.flac");
  EXPECT_EQ(work.file(2), "p225_002.wav");
  EXPECT_EQ(work.file(3), "p226_001.wav");
}

TEST_F(ScanOfAFolder, AddsCodecsThatTheTaxonomyLacksAfterItsOwn) {
  write_names({"p225_001_zeta.wav", "p225_001_alpha.wav", "p225_001_mini.wav", "strange.wav"});

  const auto work = scan(config_).work;

  EXPECT_THAT(work.columns[1].categories,
              testing::ElementsAre("mini", "SemantiCodec_1.40kbps_16k", "silk", "alpha", "zeta"));
  EXPECT_EQ(category(work, 0, 1), "alpha");
  EXPECT_EQ(category(work, 0, 4), "spoof");
  EXPECT_EQ(category(work, 0, 6), "?");
  EXPECT_EQ(category(work, 3, 4), "?");  // a name that isn't one of CoRS tells nothing
}

TEST_F(ScanOfAFolder, TakesAClassThatOneListLeavesOpenFromAnother) {
  write_names({"p225_001_new.wav"});
  config_.protocol = {write_list("a.txt", "p225 p225_001_new - - spoof\n"),
                      write_list("b.txt", "p225 p225_001_new - SEM FREQ SQ spoof\n")};

  const auto work = scan(config_).work;

  ASSERT_EQ(work.size(), 1U);
  EXPECT_EQ(category(work, 0, 6), "SEM");
}

TEST_F(ScanOfAFolder, RejectsListsThatContradictEachOther) {
  write_names({"p225_001_new.wav"});
  config_.protocol = {write_list("a.txt", "p225 p225_001_new - SEM FREQ MVQ spoof\n"),
                      write_list("b.txt", "p225 p225_001_new - SEM FREQ SQ spoof\n")};

  expect_error(
      ErrorKind::BadData, [&] { static_cast<void>(scan(config_)); }, "a.txt:1", "b.txt:1",
      "p225_001_new");
}

TEST_F(ScanOfAFolder, CountsFilesThatAnotherExtensionSupersedes) {
  write_names({"p225_001.wav", "p225_001.flac"});

  const auto found = scan(config_);

  EXPECT_EQ(found.work.size(), 1U);
  EXPECT_EQ(found.work.file(0), "p225_001.flac");
  EXPECT_EQ(found.superseded, 1);
}

}  // namespace
}  // namespace codectrace::preprocess
