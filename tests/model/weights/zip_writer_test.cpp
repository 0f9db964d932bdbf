#include "model/weights/zip_writer.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "model/weights/byte_reader.h"
#include "model/weights/zip_archive.h"
#include "tests/support/stored_bytes.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::model {
namespace {

class ZipWriterTest : public testing::Test {
 protected:
  void write() {
    ZipWriter zip(path_);
    zip.add("a/one", std::string_view("first"));
    zip.add("a/empty", std::string_view());
    zip.add("a/large", std::string_view(large_));
    zip.commit();
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.zip";
  std::string large_ = std::string(100'000, 'x');
};

TEST_F(ZipWriterTest, WritesWhatTheReaderReads) {
  write();

  const auto file = test::bytes_of(path_);
  const ZipArchive archive(test::as_bytes(file));
  ASSERT_EQ(archive.entries().size(), 3U);
  EXPECT_EQ(as_text(archive.find("a/one")->bytes), "first");
  EXPECT_TRUE(archive.find("a/empty")->bytes.empty());
  EXPECT_EQ(as_text(archive.find("a/large")->bytes), large_);
  for (const auto& entry : archive.entries()) check_crc32(entry);
}

TEST_F(ZipWriterTest, AlignsContentsTo64Bytes) {
  write();

  const auto file = test::bytes_of(path_);
  const ZipArchive archive(test::as_bytes(file));
  for (const auto& entry : archive.entries()) {
    EXPECT_EQ((entry.bytes.data() - test::as_bytes(file).data()) % 64, 0) << entry.name;
  }
}

TEST_F(ZipWriterTest, WritesWhatPythonReads) {
  write();

  const auto command = std::string(CT_PYTHON) + R"( -c "import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
assert archive.namelist() == ['a/one', 'a/empty', 'a/large']
assert archive.read('a/one') == b'first'
assert archive.read('a/large') == b'x' * 100000
" )" + path_.string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(ZipWriterTest, LeavesNothingWithoutCommit) {
  { ZipWriter(path_).add("a/one", std::string_view("first")); }

  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace codectrace::model
