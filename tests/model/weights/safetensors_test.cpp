#include "model/weights/safetensors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::model {
namespace {

class SafeTensorsTest : public testing::Test {
 protected:
  /// A file of the given header text and that many bytes of data.
  void write(const std::string& header, std::size_t data_bytes) {
    std::uint64_t length = header.size();
    std::string bytes(sizeof(length), '\0');
    std::memcpy(bytes.data(), &length, sizeof(length));
    test::write_bytes(path_, bytes + header + std::string(data_bytes, '\1'));
  }
  void expect_refused(const std::string& about) {
    test::expect_error(
        ErrorKind::BadData, [&] { std::ignore = read_safetensors(path_); }, "a.safetensors", about);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "a.safetensors";
};

TEST_F(SafeTensorsTest, ReadsBackEveryTypeShapeAndText) {
  torch::manual_seed(1);
  SafeTensors contents;
  for (const auto type : {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16}) {
    contents.tensors.push_back(
        {std::string("f.") + torch::toString(type), torch::randn({3, 5}).to(type)});
  }
  contents.tensors.push_back({"count", torch::tensor(std::int64_t{1} << 40)});
  contents.tensors.push_back({"empty", torch::empty({0, 7})});
  contents.tensors.push_back({"strided", torch::arange(12).view({3, 4}).t().to(torch::kFloat32)});
  contents.metadata = {{"head.0", "BIN spoof bonafide"}, {"quoted", "a \"b\" ü"}};

  write_safetensors(path_, contents);
  const auto read = read_safetensors(path_);

  EXPECT_EQ(read.metadata, contents.metadata);
  ASSERT_EQ(read.tensors.size(), contents.tensors.size());
  for (std::size_t i = 0; i < read.tensors.size(); ++i) {
    EXPECT_EQ(read.tensors[i].name, contents.tensors[i].name);
    EXPECT_EQ(read.tensors[i].tensor.scalar_type(), contents.tensors[i].tensor.scalar_type());
    EXPECT_TRUE(read.tensors[i].tensor.equal(contents.tensors[i].tensor));
  }
}

TEST_F(SafeTensorsTest, WritesTheSameBytesForTheSameContents) {
  const SafeTensors contents{{{"a", torch::ones({3})}}, {{"z", "1"}, {"b", "2"}}};

  write_safetensors(path_, contents);
  const auto once = test::bytes_of(path_);
  write_safetensors(path_, contents);

  EXPECT_EQ(test::bytes_of(path_), once);
}

TEST_F(SafeTensorsTest, LaysItOutAsTheFormatSays) {
  write_safetensors(path_, {{{"a", torch::tensor({1.5F, -2.0F})}}, {}});

  const auto bytes = test::bytes_of(path_);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  EXPECT_EQ(length % 8, 0U);
  EXPECT_EQ(bytes.size(), 8 + length + 8);
  EXPECT_EQ(bytes.substr(8, 52), R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8])");
  float second = 0;
  std::memcpy(&second, bytes.data() + 8 + length + 4, sizeof(second));
  EXPECT_EQ(second, -2.0F);
}

TEST_F(SafeTensorsTest, RefusesAFileCutAnywhere) {
  write_safetensors(path_, {{{"a", torch::ones({3})}, {"b", torch::ones({2})}}, {}});
  const auto whole = test::bytes_of(path_);

  for (std::size_t size = 0; size < whole.size(); ++size) {
    test::write_bytes(path_, whole.substr(0, size));
    expect_refused("");
  }
}

TEST_F(SafeTensorsTest, RefusesAFlippedBitAnywhere) {
  write_safetensors(path_, {{{"a", torch::ones({3})}, {"b", torch::ones({2})}}, {{"k", "v"}}});
  const auto whole = test::bytes_of(path_);
  const auto key = whole.find("crc32c");  // without it there is nothing to check by, nor any damage
  ASSERT_NE(key, std::string::npos);

  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (at >= key && at < key + 6) continue;
    for (const int bit : {0, 3, 6}) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      test::write_bytes(path_, damaged);
      SCOPED_TRACE(fmt::format("bit {} of byte {}", bit, at));
      expect_refused("");
    }
  }
}

TEST_F(SafeTensorsTest, ReadsAFileWithoutAChecksum) {
  write(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},)"
        R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
        R"("none":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})",
        3);

  const auto read = read_safetensors(path_);

  ASSERT_EQ(read.tensors.size(), 3U);
  EXPECT_EQ(read.tensors[0].name, "a");
  EXPECT_EQ(read.tensors[1].name, "none");
  EXPECT_EQ(read.tensors[2].name, "b");
}

TEST_F(SafeTensorsTest, RefusesAHeaderLongerThanTheFileWithoutBelievingIt) {
  write("{}", 0);
  test::flip_byte(path_, 7);
  expect_refused("header claims");
}

TEST_F(SafeTensorsTest, RefusesWhatIsntAJsonObject) {
  write("[1, 2]", 0);
  expect_refused("isn't a JSON object");
  write("{\"a\":", 0);
  expect_refused("isn't a JSON object");
}

TEST_F(SafeTensorsTest, RefusesShapesAndOffsetsThatDontFit) {
  const auto tensor = [](const std::string& name, const std::string& shape,
                         const std::string& offsets) {
    return fmt::format(R"("{}":{{"dtype":"F32","shape":{},"data_offsets":{}}})", name, shape,
                       offsets);
  };
  const auto refused = [&](const std::string& tensors, std::size_t bytes,
                           const std::string& about) {
    write(fmt::format("{{{}}}", tensors), bytes);
    expect_refused(about);
  };

  refused(tensor("a", "[2]", "[0,16]"), 16, "its shape takes 8");
  refused(tensor("a", "[2]", "[8,0]"), 8, "tensor a");
  refused(tensor("a", "[2]", "[4,12]"), 8, "tensor a");
  refused(tensor("a", "[-1]", "[0,4]"), 4, "claims more bytes");
  refused(tensor("a", "[4611686018427387904,4]", "[0,8]"), 8, "claims more bytes");
  refused(tensor("a", "[0,4611686018427387904]", "[0,0]"), 0, "claims more bytes");
  refused(tensor("a", "[2]", "[0,8]") + "," + tensor("b", "[2]", "[4,12]"), 12, "overlaps");
  refused(tensor("a", "[1]", "[0,4]") + "," + tensor("b", "[1]", "[8,12]"), 12, "leaves a hole");
  refused(tensor("a", "[2]", "[0,8]"), 12, "belong to no tensor");
  refused(tensor("a", "2", "[0,8]"), 8, "tensor a");
  refused(tensor("a", "[2]", "[0]"), 8, "tensor a");
  refused(R"("a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]})", 8, "unknown type F31");
  refused(R"("a":{"shape":[2],"data_offsets":[0,8]})", 8, "tensor a");
  refused(R"("__metadata__":{"a":1})", 0, "__metadata__");
}

TEST_F(SafeTensorsTest, NamesAMissingFileAndAFolder) {
  expect_refused("No such file");
  path_ = folder_.path();
  test::expect_error(
      ErrorKind::BadData, [&] { std::ignore = read_safetensors(path_); }, "is a folder");
}

}  // namespace
}  // namespace codectrace::model
