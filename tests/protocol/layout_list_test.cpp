#include "protocol/layout_list.h"

#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::protocol {
namespace {

using test::expect_error;

TEST(TreeFiles, AreFoundAtAnyDepth) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "a/b");
  test::write_bytes(folder / "a/b/one.wav", "");
  test::write_bytes(folder / "two.mp3", "");

  const auto found = find_tree_files(folder.path());

  ASSERT_EQ(found.files.size(), 2U);
  EXPECT_EQ(found.files[0].id, "a/b/one");
  EXPECT_EQ(found.files[1].id, "two");
  EXPECT_EQ(found.files[1].extension, ".mp3");
}

TEST(TreeFiles, AreFoundBehindLinksButNotTwiceAroundALoop) {
  const test::TemporaryFolder folder;
  const test::TemporaryFolder elsewhere;
  std::filesystem::create_directories(folder / "a");
  test::write_bytes(folder / "a/one.wav", "");
  test::write_bytes(elsewhere / "two.wav", "");
  std::filesystem::create_symlink(".", folder / "self");
  std::filesystem::create_symlink("..", folder / "a/up");
  std::filesystem::create_symlink("round", folder / "round");
  std::filesystem::create_symlink(elsewhere.path(), folder / "linked");
  std::filesystem::create_symlink(folder / "linked/back", elsewhere / "back");
  std::filesystem::create_symlink(elsewhere / "two.wav", folder / "three.wav");
  std::filesystem::create_symlink("none", folder / "nowhere");

  const auto found = find_tree_files(folder.path());

  ASSERT_EQ(found.files.size(), 3U);
  EXPECT_EQ(found.files[0].id, "a/one");
  EXPECT_EQ(found.files[1].id, "linked/two");
  EXPECT_EQ(found.files[2].id, "three");
}

class FileList : public testing::Test {
 protected:
  AudioFiles read(const std::string& text) {
    test::write_bytes(folder_ / "files.txt", text);
    return read_file_list(folder_ / "files.txt");
  }
  template <class... Pieces>
  void expect_rejected(const std::string& text, const Pieces&... pieces) {
    expect_error(
        ErrorKind::BadData, [&] { static_cast<void>(read(text)); }, std::string("files.txt"),
        std::string(pieces)...);
  }
  test::TemporaryFolder folder_;
};

TEST_F(FileList, HoldsOnePathALine) {
  const auto found = read("talks/my talk.wav\n./b.flac\r\n\na.1.ogg");

  ASSERT_EQ(found.files.size(), 3U);
  EXPECT_EQ(found.files[0].id, "a.1");
  EXPECT_EQ(found.files[1].id, "b");
  EXPECT_EQ(found.files[2].id, "talks/my talk");
}

TEST_F(FileList, RejectsPathsThatLeaveTheFolder) {
  expect_rejected("a.wav\n../b.wav\n", "files.txt:2", "--audio");
  expect_rejected("a/../../b.wav\n", "files.txt:1", "--audio");
  expect_rejected("/data/b.wav\n", "files.txt:1", "--audio");
}

TEST_F(FileList, RejectsControlCharacters) {
  expect_rejected("a.wav\nb\tc.wav\n", "files.txt:2", "b\\x09c.wav has control characters");
}

TEST_F(FileList, RejectsOneIdTwice) {
  expect_rejected("a.wav\nb.wav\n./a.flac\n", "files.txt:3", "line 1");
}

TEST_F(FileList, RejectsWhatIsNoAudioFileAndAnEmptyList) {
  expect_rejected("notes.txt\n", "files.txt:1", "extensions");
  expect_rejected("\n", "names no files");
}

}  // namespace
}  // namespace codectrace::protocol
