#include "protocol/layout_cors.h"

#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::protocol {
namespace {

TEST(CorsId, IsSplitAtItsFirstTwoUnderscores) {
  const auto id = CorsId::parse("p225_001_FunCodec_zh_en-general-16k-nq32ds320");

  ASSERT_TRUE(id);
  EXPECT_EQ(id->speaker, "p225");
  EXPECT_EQ(id->sentence, "001");
  EXPECT_EQ(id->codec, "FunCodec_zh_en-general-16k-nq32ds320");
}

TEST(CorsId, HasNoCodecWhereItIsBonaFide) {
  EXPECT_EQ(CorsId::parse("s5_1234")->codec, "");
  EXPECT_EQ(CorsId::parse("s5_1234")->sentence, "1234");
}

TEST(CorsId, IsNotAnyName) {
  for (const char* name : {"", "p225", "_001", "p225_", "p225__mini", "p225_001_"}) {
    EXPECT_FALSE(CorsId::parse(name)) << name;
  }
}

TEST(CorsFiles, AreAllAudioFilesOfOneFolder) {
  const test::TemporaryFolder folder;
  for (const char* name : {"p226_001.wav", "p225_001_mini.wav", "p225_001.flac", "notes.txt"}) {
    test::write_bytes(folder / name, "");
  }
  std::filesystem::create_directory(folder / "deeper");
  test::write_bytes(folder / "deeper/p227_001.wav", "");

  const auto found = find_cors_files(folder.path());

  ASSERT_EQ(found.files.size(), 3U);
  EXPECT_EQ(found.files[0].id, "p225_001");
  EXPECT_EQ(found.files[1].id, "p225_001_mini");
  EXPECT_EQ(found.files[2].id, "p226_001");
}

TEST(CorsFiles, NeedAFolder) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder / "file", "");

  test::expect_error(
      ErrorKind::BadData, [&] { static_cast<void>(find_cors_files(folder / "none")); }, "none",
      "isn't a folder");
  test::expect_error(
      ErrorKind::BadData, [&] { static_cast<void>(find_cors_files(folder / "file")); }, "file",
      "isn't a folder");
}

}  // namespace
}  // namespace codectrace::protocol
