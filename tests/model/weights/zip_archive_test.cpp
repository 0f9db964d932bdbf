#include "model/weights/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/weights/byte_reader.h"
#include "tests/support/expect_error.h"
#include "tests/support/plain_zip.h"
#include "tests/support/stored_bytes.h"

namespace codectrace::model {
namespace {

std::vector<std::string> names_of(const ZipArchive& archive) {
  std::vector<std::string> names;
  for (const auto& entry : archive.entries()) names.emplace_back(entry.name);
  return names;
}

template <class... Pieces>
void expect_refused(const std::string& file, const Pieces&... pieces) {
  test::expect_error(
      ErrorKind::BadData, [&] { ZipArchive(test::as_bytes(file)); }, pieces...);
}

TEST(ZipArchive, FindsEntriesOfAPlainFile) {
  const auto file = test::plain_zip({{"a/x", "first"}, {"a/y", ""}}, {}, "a comment");

  const ZipArchive archive(test::as_bytes(file));

  EXPECT_THAT(names_of(archive), testing::ElementsAre("a/x", "a/y"));
  EXPECT_EQ(as_text(archive.find("a/x")->bytes), "first");
  EXPECT_TRUE(archive.find("a/y")->bytes.empty());
  EXPECT_EQ(archive.find("a/z"), nullptr);
}

TEST(ZipArchive, FindsEntriesOfPyTorchsFilesWhichAreZip64) {
  const auto file = test::weight_fixture("parallel.pth");

  const ZipArchive archive(test::as_bytes(file));

  EXPECT_THAT(names_of(archive),
              testing::IsSupersetOf({"parallel/data.pkl", "parallel/data/0", "parallel/version"}));
  EXPECT_EQ(as_text(archive.find("parallel/byteorder")->bytes), "little");
  for (const auto& entry : archive.entries()) check_crc32(entry);
}

TEST(ZipArchive, OfNoEntriesHasNone) {
  const auto file = test::plain_zip({});

  EXPECT_TRUE(ZipArchive(test::as_bytes(file)).entries().empty());
}

TEST(ZipArchive, RefusesWhatIsNoZipFile) {
  expect_refused("", "no end record");
  expect_refused("PK", "no end record");
  expect_refused(std::string(70'000, 'x'), "no end record");
}

TEST(ZipArchive, RefusesAFileCutAnywhere) {
  const auto whole = test::weight_fixture("parallel.pth");
  for (std::size_t size = 0; size < whole.size(); ++size) expect_refused(whole.substr(0, size));
}

TEST(ZipArchive, RefusesACompressedEntry) {
  expect_refused(test::plain_zip({{.name = "a/x", .bytes = "b", .method = 8}}), "a/x",
                 "compressed");
}

TEST(ZipArchive, RefusesAnEncryptedEntry) {
  expect_refused(test::plain_zip({{.name = "a/x", .bytes = "b", .flags = 1}}), "a/x", "encrypted");
}

TEST(ZipArchive, RefusesAPathThatLeavesTheArchive) {
  for (const std::string path : {"../x", "a/../../x", "/etc/passwd", "a\\x", "a/..", "", "\xFF"}) {
    expect_refused(test::plain_zip({{path, "b"}}), "impossible path");
  }
  EXPECT_NO_THROW(ZipArchive(test::as_bytes(test::plain_zip({{"a/..b/.c", "b"}}))));
}

TEST(ZipArchive, RefusesTwoEntriesOfOneName) {
  expect_refused(test::plain_zip({{"a/x", "b"}, {"a/x", "c"}}), "two entries a/x");
}

TEST(ZipArchive, RefusesEntriesThatShareBytes) {
  auto second = test::PlainEntry{"a/y", "d"};
  second.offset = 0;
  second.local_name = "a/x";
  expect_refused(test::plain_zip({{"a/x", "b"}, second}), "another name");

  auto inside = test::plain_zip({{"b/y", "c"}});
  inside.resize(inside.find("PK\x01\x02"));  // a local header that is another entry's contents
  second = {.name = "b/y", .bytes = "c"};
  second.offset = static_cast<std::uint32_t>(test::plain_zip({{"a/x", ""}}).find("PK\x01\x02"));
  expect_refused(test::plain_zip({{"a/x", inside}, second}), "overlap");
}

TEST(ZipArchive, RefusesAnEntryOutsideTheFile) {
  auto entry = test::PlainEntry{"a/x", "b"};
  entry.offset = 0xFFFFFF00;
  expect_refused(test::plain_zip({entry}), "a/x", "outside the file");
  entry.offset = 1;
  expect_refused(test::plain_zip({entry}), "a/x", "isn't where");
  entry.offset.reset();
  entry.size = 1000;
  expect_refused(test::plain_zip({entry}), "a/x", "too early");
}

TEST(ZipArchive, RefusesADirectoryThatDoesntCountItsEntries) {
  expect_refused(test::plain_zip({{"a/x", "b"}, {"a/y", "c"}}, 1), "more than it counts");
  expect_refused(test::plain_zip({{"a/x", "b"}}, 2), "doesn't fit");
}

TEST(ZipArchive, ComparesBytesWithTheirCrcOnRequest) {
  // The check value of the catalogue of CRCs.
  EXPECT_EQ(crc32_of(test::as_bytes("123456789")), 0xCBF43926U);
  const ZipEntry sound{"a/x", test::as_bytes("123456789"), 0xCBF43926U};
  EXPECT_NO_THROW(check_crc32(sound));
  const ZipEntry without{"a/x", test::as_bytes("123456789"), 0};
  EXPECT_NO_THROW(check_crc32(without));

  const ZipEntry damaged{"a/x", test::as_bytes("123456788"), 0xCBF43926U};
  test::expect_error(
      ErrorKind::BadData, [&] { check_crc32(damaged); }, "a/x", "it promises cbf43926");
}

}  // namespace
}  // namespace codectrace::model
