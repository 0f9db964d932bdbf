#include "shard/reader.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/shard_editor.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

using test::ShardEditor;

constexpr std::uint64_t kCount = 6;

/// A shard of kCount utterances, for each test to break.
class ShardReaderTest : public testing::Test {
 protected:
  ShardReaderTest() { test::write_tiny_shard(path_, 0, kCount); }

  template <class... Pieces>
  void expect_rejected(const std::function<void(ShardEditor&)>& damage, const Pieces&... pieces) {
    {
      ShardEditor editor(path_);
      damage(editor);
    }
    test::expect_error(
        ErrorKind::BadData, [&] { (void)ShardReader::open(path_); }, path_.string(), pieces...);
    test::write_tiny_shard(path_, 0, kCount);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "shard-00000.h5";
};

TEST_F(ShardReaderTest, RejectsWhatIsNoShard) {
  test::write_bytes(folder_ / "text.h5", "hello");

  test::expect_error(
      ErrorKind::BadData, [&] { (void)ShardReader::open(folder_ / "text.h5"); }, "text.h5",
      "HDF5: ", "file signature not found");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)ShardReader::open(folder_ / "absent.h5"); }, "absent.h5",
      "No such file");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)ShardReader::open(folder_.path()); }, "is a folder");
  expect_rejected([](auto& file) { file.replace_by_text("/", "magic", "another.shard"); },
                  "not a codectrace shard");
  expect_rejected([](auto& file) { file.remove_attribute("/", "magic"); },
                  "not a codectrace shard");
}

TEST_F(ShardReaderTest, RejectsANewerVersionAndSaysWhatToDo) {
  expect_rejected([](auto& file) { file.set_number("/", "version", 2); },
                  "format version 2, this program reads up to 1", "newer codectrace");
}

TEST_F(ShardReaderTest, RejectsEachHeaderFieldThatIsWrong) {
  expect_rejected([](auto& file) { file.set_number("/", "version", 0); }, "version is 0");
  expect_rejected([](auto& file) { file.set_number("/", "sample_rate_hz", 0); },
                  "sample_rate_hz is 0");
  expect_rejected([](auto& file) { file.set_number("/", "count", kCount + 1); }, "/audio/offsets");
  expect_rejected([](auto& file) { file.set_number("/", "count", kCount - 1); }, "/audio/offsets");
  expect_rejected([](auto& file) { file.set_number("/", "count", std::uint64_t{1} << 60); },
                  "count", "more than the file can hold");
}

TEST_F(ShardReaderTest, RejectsEachHeaderFieldThatIsMissingOrOfAnotherType) {
  for (const char* name : {"version", "sample_rate_hz", "count"}) {
    expect_rejected([&](auto& file) { file.remove_attribute("/", name); }, name);
    expect_rejected([&](auto& file) { file.replace_by_text("/", name, "text"); }, name);
  }
  for (const char* name : {"writer", "config_hash"}) {
    expect_rejected([&](auto& file) { file.remove_attribute("/", name); }, name);
  }
}

TEST_F(ShardReaderTest, RejectsAMissingDataset) {
  for (const char* name : {"/audio/samples", "/audio/offsets", "/audio/crc32c", "/utterance/id",
                           "/utterance/id_offsets"}) {
    expect_rejected([&](auto& file) { file.remove_dataset(name); }, name);
  }
}

TEST_F(ShardReaderTest, RejectsADatasetOfAnotherTypeSizeOrLayout) {
  expect_rejected([](auto& file) { file.replace_dataset("/audio/samples", H5T_STD_I32LE, 9); },
                  "/audio/samples is not of type");
  expect_rejected([](auto& file) { file.replace_dataset("/audio/samples", H5T_STD_I16LE, 64, 8); },
                  "/audio/samples is not contiguous");
  expect_rejected(
      [](auto& file) { file.replace_dataset("/audio/crc32c", H5T_STD_U32LE, kCount + 1); },
      "/audio/crc32c has [7] elements");
  expect_rejected(
      [](auto& file) { file.replace_dataset("/utterance/codec", H5T_STD_I32LE, kCount - 1); },
      "/utterance/codec has [5] elements");
  expect_rejected([](auto& file) { file.replace_dataset("/utterance/id", H5T_STD_I8LE, 9); },
                  "/utterance/id is not of type");
}

TEST_F(ShardReaderTest, RejectsAnOffsetThatDoesNotBeginAtZero) {
  expect_rejected([](auto& file) { file.set_element("/audio/offsets", 0, 1); },
                  "/audio/offsets[0] is 1");
}

TEST_F(ShardReaderTest, RejectsAnOffsetBeforeTheOneBefore) {
  expect_rejected([](auto& file) { file.set_element("/audio/offsets", 2, 1); },
                  "/audio/offsets[2] is 1 but the one before is 3",
                  "run \"codectrace shard verify " + path_.string() + "\"");
  expect_rejected([](auto& file) { file.set_element("/utterance/id_offsets", 3, 1); },
                  "/utterance/id_offsets[3] is 1");
}

TEST_F(ShardReaderTest, RejectsAnOffsetPastTheEnd) {
  expect_rejected([](auto& file) { file.set_element("/audio/offsets", kCount, 9999); },
                  "/audio/offsets[6] is 9999");
  expect_rejected([](auto& file) { file.set_element("/utterance/id_offsets", kCount, 9999); },
                  "/utterance/id_offsets[6] is 9999");
}

TEST_F(ShardReaderTest, RejectsAnOffsetThatOnlyTheChecksumShows) {
  expect_rejected([](auto& file) { file.set_element("/audio/offsets", 1, 4); }, "/audio/offsets",
                  "CRC-32C");
  expect_rejected([](auto& file) { file.set_element("/audio/crc32c", 1, 4); }, "/audio/crc32c",
                  "CRC-32C");
  expect_rejected([](auto& file) { file.set_element("/utterance/id", 1, 'x'); }, "/utterance/id",
                  "CRC-32C");
}

TEST_F(ShardReaderTest, NamesTheUtteranceWhoseSamplesAreCorrupt) {
  {
    ShardEditor editor(path_);
    editor.set_element("/audio/samples", 4, 12345);  // the second utterance's
  }
  const auto shard = ShardReader::open(path_);
  std::vector<float> samples;

  shard.read(0, samples);
  test::expect_error(
      ErrorKind::BadData, [&] { shard.read(1, samples); }, path_.string(), "/audio/samples",
      "utterance p225_001", "CRC-32C", "codectrace shard verify");
  EXPECT_NO_THROW(shard.read(1, samples, false));
}

TEST_F(ShardReaderTest, RejectsCorruptColumns) {
  {
    ShardEditor editor(path_);
    editor.set_element("/utterance/speaker", 0, 1);
  }
  const auto shard = ShardReader::open(path_);

  test::expect_error(
      ErrorKind::BadData, [&] { (void)shard.read_column("speaker"); }, "/utterance/speaker",
      "CRC-32C");
  test::expect_error(
      ErrorKind::Usage, [&] { (void)shard.read_column("speakers"); }, "no column speakers",
      "codec, speaker");
}

TEST_F(ShardReaderTest, RejectsAFileCutAnywhere) {
  const std::string whole = test::bytes_of(path_);
  const auto cut = folder_ / "cut.h5";

  for (std::size_t length = 0; length < whole.size(); ++length) {
    test::write_bytes(cut, whole.substr(0, length));
    test::expect_error(
        ErrorKind::BadData, [&] { (void)ShardReader::open(cut); }, "cut.h5");
  }
}

TEST_F(ShardReaderTest, TellsAFileThatWasCutWhileItWasOpen) {
  const auto shard = ShardReader::open(path_);
  std::filesystem::resize_file(path_, shard.file_size_bytes() / 2);
  std::vector<float> samples;

  test::expect_error(
      ErrorKind::BadData, [&] { shard.read(kCount - 1, samples); }, path_.string(), "ends at byte");
}

/// Everything a reader can get out of a shard.
std::vector<std::string> contents_of(const std::filesystem::path& path) {
  const auto shard = ShardReader::open(path);
  std::vector<std::string> contents{shard.header().config_hash, shard.header().writer,
                                    std::to_string(shard.header().sample_rate_hz)};
  std::vector<float> samples;
  for (std::uint64_t i = 0; i < shard.size(); ++i) {
    shard.read(i, samples);
    contents.emplace_back(shard.id(i));
    for (const float sample : samples) contents.push_back(std::to_string(sample));
  }
  for (const auto& spec : shard.columns()) {
    contents.push_back(spec.name);
    for (const auto& category : spec.categories) contents.push_back(category);
    for (const auto code : shard.read_column(spec.name).codes) {
      contents.push_back(std::to_string(code));
    }
  }
  return contents;
}

TEST_F(ShardReaderTest, ReadsTheTruthOrNothingWhateverByteIsFlipped) {
  const auto truth = contents_of(path_);
  std::uint64_t unnoticed = 0;
  const std::uint64_t size = std::filesystem::file_size(path_);

  for (std::uint64_t offset = 0; offset < size; ++offset) {
    const auto mask = static_cast<unsigned char>(1U << (offset % 8));
    test::flip_byte(path_, offset, mask);
    try {
      EXPECT_EQ(contents_of(path_), truth) << "byte " << offset;
      ++unnoticed;  // in a gap between HDF5's blocks
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::BadData) << error.what();
    }
    test::flip_byte(path_, offset, mask);
  }
  EXPECT_LE(unnoticed, size / 50);
  EXPECT_EQ(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL), 0) << "left open";
}

}  // namespace
}  // namespace codectrace::shard
