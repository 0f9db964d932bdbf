#include "model/weights/safetensors.h"

#include <gtest/gtest.h>

#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::model {
namespace {

class SafeTensorsTest : public testing::Test {
 protected:
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

TEST_F(SafeTensorsTest, ComparesWhatItReadsWithTheChecksum) {
  write_safetensors(path_, {{{"a", torch::ones({3})}}, {}});
  test::flip_byte(path_, std::filesystem::file_size(path_) - 1);

  test::expect_error(
      ErrorKind::BadData, [&] { std::ignore = read_safetensors(path_); }, "a.safetensors",
      "checksum");
}

TEST_F(SafeTensorsTest, NamesAMissingFileAndAFolder) {
  test::expect_error(
      ErrorKind::BadData, [&] { std::ignore = read_safetensors(path_); }, "a.safetensors",
      "No such file");
  test::expect_error(
      ErrorKind::BadData, [&] { std::ignore = read_safetensors(folder_.path()); }, "is a folder");
}

}  // namespace
}  // namespace codectrace::model
