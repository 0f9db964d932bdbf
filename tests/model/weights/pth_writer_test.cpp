#include <gtest/gtest.h>
#include <torch/serialize.h>

#include "model/weights/pth.h"
#include "model/weights/tensors.h"
#include "tests/support/stored_bytes.h"
#include "tests/support/temporary_folder.h"

// write_pth against the reader that LibTorch itself has; Python's is in python_torch_test.py.
namespace codectrace::model {
namespace {

c10::IValue read_by_libtorch(const std::string& file) {
  return torch::pickle_load(std::vector<char>(file.begin(), file.end()));
}

TEST(WritePth, WritesWhatLibTorchReads) {
  torch::manual_seed(1);
  std::vector<NamedTensor> tensors;
  for (const auto type :
       {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
        torch::kInt32, torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool}) {
    tensors.push_back(
        {std::string("t.") + torch::toString(type), torch::randint(0, 2, {3, 5}).to(type)});
  }
  tensors.push_back({"scalar", torch::tensor(std::int64_t{1} << 40)});
  tensors.push_back({"empty", torch::empty({0, 7})});
  std::vector<StoredTensor> views;
  for (const auto& named : tensors) views.push_back(stored_view(named));
  const test::TemporaryFolder folder;

  write_pth(folder / "a.pth", views, {{"head.0", "BIN spoof bonafide"}});

  const auto read = read_by_libtorch(test::bytes_of(folder / "a.pth")).toGenericDict();
  ASSERT_EQ(read.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const auto found = read.at(name).toTensor();
    EXPECT_EQ(found.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(found.equal(tensor)) << name;
  }
}

}  // namespace
}  // namespace codectrace::model
