#include "model/weights/safetensors_format.h"

#include <gtest/gtest.h>

#include <cstring>

#include <fmt/format.h>

#include "tests/support/expect_error.h"
#include "tests/support/stored_bytes.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::model {
namespace {

/// A file of the given header text and that many bytes of data.
std::string file_of(const std::string& header, std::size_t data_bytes) {
  std::uint64_t length = header.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + std::string(data_bytes, '\1');
}

WeightIndex read(const std::string& file) { return read_safetensors(test::as_bytes(file)); }

template <class... Pieces>
void expect_refused(const std::string& file, const Pieces&... pieces) {
  test::expect_error(
      ErrorKind::BadData,
      [&] {
        if (const auto index = read(file); index.verify) index.verify();
      },
      pieces...);
}

class SafeTensorsFormat : public testing::Test {
 protected:
  std::string written(const std::vector<StoredTensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {}) {
    write_safetensors(folder_ / "a.safetensors", tensors, metadata);
    return test::bytes_of(folder_ / "a.safetensors");
  }

  test::TemporaryFolder folder_;
  std::vector<float> floats_{1.5F, -2.0F};
  std::vector<std::int64_t> integers_{3};
  std::vector<StoredTensor> tensors_{test::stored("z", ElementType::Float32, {2}, floats_),
                                     test::stored("a", ElementType::Int64, {}, integers_)};
};

TEST_F(SafeTensorsFormat, ReadsWhatItWrites) {
  const std::map<std::string, std::string> metadata{{"head.0", "BIN spoof bonafide"},
                                                    {"quoted", "a \"b\" ü"}};
  const auto file = written(tensors_, metadata);

  const auto index = read(file);

  index.verify();
  EXPECT_EQ(test::everything_in(index),
            test::everything_in({.tensors = tensors_, .metadata = metadata}));
}

TEST_F(SafeTensorsFormat, IsTheSameBytesForTheSameContents) {
  EXPECT_EQ(written(tensors_, {{"z", "1"}, {"b", "2"}}),
            written(tensors_, {{"b", "2"}, {"z", "1"}}));
}

TEST_F(SafeTensorsFormat, IsLaidOutAsTheFormatSays) {
  const auto bytes = written({tensors_[0]});

  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  EXPECT_EQ(length % 8, 0U);
  EXPECT_EQ(bytes.size(), 8 + length + 8);
  EXPECT_EQ(bytes.substr(8, 52), R"({"z":{"dtype":"F32","shape":[2],"data_offsets":[0,8])");
  float second = 0;
  std::memcpy(&second, bytes.data() + 8 + length + 4, sizeof(second));
  EXPECT_EQ(second, -2.0F);
}

TEST_F(SafeTensorsFormat, ReadsHuggingFacesFiles) {
  const auto file = test::weight_fixture("hugging_face.safetensors");

  const auto index = read(file);

  EXPECT_FALSE(index.verify);  // it has no checksum
  EXPECT_EQ(index.tensors.size(), 41U);
  EXPECT_EQ(index.metadata.at("format"), "pt");
}

TEST_F(SafeTensorsFormat, RefusesAFlippedBitAnywhere) {
  for (const std::map<std::string, std::string>& metadata :
       {std::map<std::string, std::string>{}, {{"k", "v"}}}) {
    const auto whole = written(tensors_, metadata);
    const auto key = whole.find("crc32c");  // by another name it is a text like others
    ASSERT_NE(key, std::string::npos);
    for (std::size_t i = 0; i < whole.size() * 8; ++i) {
      if (i / 8 >= key && i / 8 < key + 6) continue;
      auto file = whole;
      file[i / 8] = static_cast<char>(file[i / 8] ^ (1 << i % 8));
      SCOPED_TRACE(fmt::format("bit {} of byte {}", i % 8, i / 8));
      expect_refused(file);
    }
  }
}

TEST_F(SafeTensorsFormat, ReadsAFileWithoutAChecksumInTheOrderOfItsData) {
  const auto file = file_of(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},)"
                            R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                            R"("none":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})",
                            3);

  const auto index = read(file);

  EXPECT_FALSE(index.verify);
  ASSERT_EQ(index.tensors.size(), 3U);
  EXPECT_EQ(index.tensors[0].name, "a");
  EXPECT_EQ(index.tensors[1].name, "none");
  EXPECT_EQ(index.tensors[2].name, "b");
}

TEST_F(SafeTensorsFormat, RefusesAFileCutAnywhere) {
  const auto whole = written(tensors_);
  for (std::size_t size = 0; size < whole.size(); ++size) expect_refused(whole.substr(0, size));
}

TEST_F(SafeTensorsFormat, ShowsAPromisedChecksumWithoutMovingTheCursor) {
  const auto file = file_of(R"({"__metadata__":{"crc32c":"\u001b[2J"}})", 0);
  const auto index = read(file);
  test::expect_error(
      ErrorKind::BadData, [&] { index.verify(); }, "it promises ?[2J;");
}

TEST_F(SafeTensorsFormat, RefusesAHeaderLongerThanTheFileWithoutBelievingIt) {
  auto file = file_of("{}", 0);
  file[7] = '\x7F';
  expect_refused(file, "header claims");
}

TEST_F(SafeTensorsFormat, RefusesWhatIsntAJsonObject) {
  expect_refused(file_of("[1, 2]", 0), "isn't a JSON object");
  expect_refused(file_of("{\"a\":", 0), "isn't a JSON object");
  expect_refused(file_of("{\"\xFF\":1}", 0), "isn't a JSON object");
}

TEST_F(SafeTensorsFormat, RefusesNestingAsDeepAsTheHeaderIsLong) {
  expect_refused(file_of(std::string(1'000'000, '['), 0), "nested too deeply");
  expect_refused(file_of(R"({"a":{"shape":[[1]]}})", 0), "nested too deeply");
}

TEST_F(SafeTensorsFormat, RefusesShapesAndOffsetsThatDontFit) {
  const auto tensor = [](const std::string& name, const std::string& shape,
                         const std::string& offsets) {
    return fmt::format(R"("{}":{{"dtype":"F32","shape":{},"data_offsets":{}}})", name, shape,
                       offsets);
  };
  const auto refused = [&](const std::string& tensors, std::size_t bytes,
                           const std::string& about) {
    expect_refused(file_of(fmt::format("{{{}}}", tensors), bytes), about);
  };

  refused(tensor("a", "[2]", "[0,16]"), 16, "its shape takes 8");
  refused(tensor("a", "[2]", "[8,0]"), 8, "tensor a");
  refused(tensor("a", "[2]", "[4,12]"), 8, "tensor a");
  refused(tensor("a", "[2]", "[-8,0]"), 8, "tensor a");
  refused(tensor("a", "[-1]", "[0,4]"), 4, "negative size");
  refused(tensor("a", "[4611686018427387904,4]", "[0,8]"), 8, "claims more bytes");
  refused(tensor("a", "[0,4611686018427387904]", "[0,0]"), 0, "claims more bytes");
  refused(tensor("a", "[2]", "[0,8]") + "," + tensor("b", "[2]", "[4,12]"), 12, "overlaps");
  refused(tensor("a", "[1]", "[0,4]") + "," + tensor("b", "[1]", "[8,12]"), 12, "leaves a hole");
  refused(tensor("a", "[2]", "[0,8]"), 12, "belong to no tensor");
  refused(tensor("a", "2", "[0,8]"), 8, "tensor a");
  refused(tensor("a", "[2.0]", "[0,8]"), 8, "tensor a");
  refused(tensor("a", "[1e300]", "[0,8]"), 8, "tensor a");
  refused(tensor("a", "[2]", "[0]"), 8, "tensor a");
  refused(tensor("a", "[2]", "[0,8,8]"), 8, "tensor a");
  refused(tensor("a\\n", "[2]", "[0,8]"), 8, "can't be the name");
  refused(R"("a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]})", 8, "unknown type F31");
  refused(R"("a":{"shape":[2],"data_offsets":[0,8]})", 8, "tensor a");
  refused(R"("a":7)", 0, "tensor a");
  refused(R"("__metadata__":{"a":1})", 0, "__metadata__");
}

}  // namespace
}  // namespace codectrace::model
