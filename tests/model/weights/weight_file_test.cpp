#include "model/weights/weight_file.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/plain_zip.h"
#include "tests/support/stored_bytes.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::model {
namespace {

class WeightFileTest : public testing::Test {
 protected:
  void expect_refused(const std::string& bytes, const std::string& about) {
    test::write_bytes(path_, bytes);
    test::expect_error(
        ErrorKind::BadData, [&] { WeightFile file(path_); }, path_.string(), about);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "weights";  // a name that says nothing
};

TEST_F(WeightFileTest, KnowsTheFormatFromTheContents) {
  const std::map<std::string, std::string> formats{{"kinds_zip.pth", "PyTorch zip"},
                                                   {"kinds_legacy.pth", "PyTorch legacy"},
                                                   {"hugging_face.safetensors", "safetensors"},
                                                   {"hugging_face_bfloat16.bin", "PyTorch zip"}};
  for (const auto& [name, format] : formats) {
    test::write_bytes(path_, test::weight_fixture(name));

    const WeightFile file(path_);

    EXPECT_EQ(file.format(), format) << name;
    EXPECT_FALSE(file.tensors().empty()) << name;
    file.verify();
    EXPECT_EQ(file.has_checksums(), format == "PyTorch zip") << name;
  }
}

TEST_F(WeightFileTest, MovesWithItsTensors) {
  test::write_bytes(path_, test::weight_fixture("kinds_zip.pth"));
  WeightFile file(path_);
  const auto before = file.tensors()[0].bytes;

  const WeightFile moved(std::move(file));

  EXPECT_EQ(moved.tensors()[0].bytes.data(), before.data());
  moved.verify();
}

TEST_F(WeightFileTest, NamesTheFileThatIsDamaged) {
  expect_refused("", "no weight file");
  expect_refused("nonsense, and more of it", "no weight file");
  expect_refused(test::weight_fixture("hugging_face.safetensors").substr(0, 500), "truncated");
  expect_refused("PK\x03\x04", "no end record");
  expect_refused("\x80\x02}.", "not one that torch.save wrote");

  auto bytes = test::weight_fixture("kinds_zip.pth");
  const std::string one_and_two("\0\0\x80\x3f\0\0\0\x40", 8);
  bytes[bytes.find(one_and_two)] = 1;
  test::write_bytes(path_, bytes);
  const WeightFile file(path_);
  test::expect_error(
      ErrorKind::BadData, [&] { file.verify(); }, path_.string(), "CRC-32");
}

TEST_F(WeightFileTest, RefusesASmallFileThatBecomesALargeModel) {
  std::string pickle = "\x80\x02}(";
  for (char name = 'a'; name < 'z'; ++name) {
    pickle += std::string("U\x01") + name + "ctorch._utils\n_rebuild_tensor_v2\n";
    pickle +=
        "((U\x07storagectorch\nFloatStorage\nU\x01"
        "0U\x03"
        "cpuM\xe8\x03tQ";  // 1000 elements
    pickle += std::string("K\x00M\xe8\x03\x85K\x01\x85tR", 11);
  }
  const auto data = std::string(4000, '\0');
  const auto file_with = [&](const std::string& data_pickle) {
    return test::plain_zip({{"a/data.pkl", data_pickle}, {"a/data/0", data}});
  };

  expect_refused(file_with(pickle + "u."), "its tensors claim 100000 bytes together");
}

TEST_F(WeightFileTest, NamesAMissingFileAndAFolder) {
  test::expect_error(
      ErrorKind::BadData, [&] { WeightFile file(path_); }, path_.string(), "No such file");
  test::expect_error(
      ErrorKind::BadData, [&] { WeightFile file(folder_.path()); }, "is a folder");
}

}  // namespace
}  // namespace codectrace::model
