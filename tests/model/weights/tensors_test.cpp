#include "model/weights/tensors.h"

#include <gtest/gtest.h>

#include "model/weights/weight_file.h"

namespace codectrace::model {
namespace {

constexpr std::array kFiles{"kinds_zip.pth", "kinds_legacy.pth"};  // aligned, and hardly ever

WeightFile fixture(const std::string& name) {
  return WeightFile(std::filesystem::path(CT_TEST_DATA) / "weights" / name);
}

const StoredTensor& find(const WeightFile& file, const std::string& name) {
  return *std::ranges::find(file.tensors(), name, &StoredTensor::name);
}

/// As tests/data/weights/make_fixtures.py made them.
const std::map<std::string, torch::Tensor>& made() {
  static const auto tensors = [] {
    const auto six = torch::arange(6).view({2, 3});
    std::map<std::string, torch::Tensor> all{
        {"float64", six.to(torch::kFloat64)},
        {"float32", six.to(torch::kFloat32)},
        {"float16", six.to(torch::kFloat16)},
        {"bfloat16", six.to(torch::kBFloat16)},
        {"int64", six},
        {"int32", six.to(torch::kInt32)},
        {"int16", six.to(torch::kInt16)},
        {"int8", six.to(torch::kInt8)},
        {"uint8", six.to(torch::kUInt8)},
        {"bool", torch::tensor({false, true, true})},
        {"scalar", torch::tensor(std::int64_t{7})},
        {"empty", torch::empty({0, 5})},
        {"transposed", torch::arange(6, torch::kFloat32).view({3, 2}).t()},
        {"shared.all", torch::arange(8, torch::kFloat32)},
        {"shared.end", torch::arange(5, 8, torch::kFloat32)},
        {"shared.every_other", torch::arange(1, 8, 2, torch::kFloat32)},
        {"parameter", torch::arange(3, torch::kFloat32)}};
    return all;
  }();
  return tensors;
}

TEST(TensorOf, IsWhatPythonSaved) {
  for (const auto* name : kFiles) {
    const auto file = fixture(name);
    ASSERT_EQ(file.tensors().size(), made().size());
    for (const auto& stored : file.tensors()) {
      const auto tensor = tensor_of(stored);
      EXPECT_EQ(tensor.scalar_type(), made().at(stored.name).scalar_type()) << stored.name;
      EXPECT_TRUE(tensor.equal(made().at(stored.name))) << stored.name;
      EXPECT_TRUE(tensor.is_contiguous()) << stored.name;
    }
  }
}

TEST(CopyInto, ConvertsToTheTargetsType) {
  for (const auto* name : kFiles) {
    const auto file = fixture(name);
    for (const auto& stored : file.tensors()) {
      auto target = torch::full(stored.shape, -1, torch::kFloat64);
      copy_into(target, stored);
      EXPECT_TRUE(target.equal(made().at(stored.name).to(torch::kFloat64))) << stored.name;
    }
  }
}

TEST(CopyInto, TakesParametersToo) {
  auto parameter = torch::zeros({2, 3}, torch::requires_grad());
  copy_into(parameter, find(fixture("kinds_zip.pth"), "float16"));
  EXPECT_EQ(parameter.sum().item<float>(), 15.0F);
}

TEST(StoredView, OfWhatTensorOfGaveIsTheSame) {
  for (const auto& [name, tensor] : made()) {
    const auto dense = tensor.contiguous();
    const auto stored = stored_view({name, dense});
    EXPECT_EQ(stored.name, name);
    EXPECT_TRUE(tensor_of(stored).equal(dense)) << name;
  }
}

}  // namespace
}  // namespace codectrace::model
