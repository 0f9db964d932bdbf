#include "model/weights/load.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/factory.h"
#include "model/model_config.h"
#include "model/weights/safetensors.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/made_tensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_model.h"

namespace codectrace::model {
namespace {

/// As a file would hold them; `tensors` outlive the result.
std::vector<StoredTensor> stored(const std::vector<NamedTensor>& tensors) {
  std::vector<StoredTensor> views;
  for (const auto& named : tensors) views.push_back(stored_view(named));
  return views;
}

std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(CT_TEST_DATA) / "weights" / name;
}

/// A network whose encoder is as large as the one of the stored files.
ModelConfig stored_model() {
  auto config = test::tiny_model();
  auto& encoder = config.encoder;
  encoder.conv_dims = {4, 4};
  encoder.conv_strides = {10, 2};
  encoder.dim = 8;
  encoder.layers = 1;
  encoder.heads = 2;
  encoder.ffn_dim = 12;
  encoder.pos_conv_kernel = 4;
  encoder.pos_conv_groups = 2;
  return config;
}

TEST(LoadState, CopiesByNameInAnyOrderAndConvertsTypes) {
  torch::nn::Linear linear(2, 3);
  const auto weight = torch::randn({3, 2}, torch::kFloat64);

  const std::vector<NamedTensor> tensors{{"bias", torch::ones({3}, torch::kBFloat16)},
                                         {"weight", weight}};

  load_state(*linear, stored(tensors), "x");

  EXPECT_TRUE(linear->weight.equal(weight.to(torch::kFloat32)));
  EXPECT_TRUE(linear->bias.equal(torch::ones({3})));
  EXPECT_TRUE(linear->weight.requires_grad());
}

TEST(LoadState, ListsEverythingThatDoesntFitAndChangesNothing) {
  torch::nn::BatchNorm1d norm(3);
  const std::vector<NamedTensor> tensors{{"weight", torch::zeros({4})},
                                         {"bias", torch::zeros({3})},
                                         {"running_mean", torch::zeros({3})},
                                         {"num_batches_tracked", torch::zeros({}, torch::kInt64)},
                                         {"head.weight", torch::zeros({1})}};

  test::expect_error(
      ErrorKind::BadData, [&] { load_state(*norm, stored(tensors), "a.safetensors"); },
      "a.safetensors doesn't fit", "1 missing: running_var", "weight is [4], must be [3]",
      "1 unexpected: head.weight");
  EXPECT_TRUE(norm->weight.equal(torch::ones({3})));
}

TEST(LoadState, ShowsTheFirstDozenOfManyNamesAndCountsThem) {
  torch::nn::Linear linear(2, 3);
  std::vector<NamedTensor> weights;
  for (int i = 10; i < 60; ++i) weights.push_back({fmt::format("w{}", i), torch::zeros({1})});

  test::expect_error(
      ErrorKind::BadData, [&] { load_state(*linear, stored(weights), "x"); },
      "2 missing: ", "50 unexpected: w10", "w21, …");
}

TEST(StateOf, SeesTheModulesOwnMemory) {
  torch::nn::Linear linear(2, 3);
  const torch::NoGradGuard no_grad;

  for (auto [name, tensor] : state_of(*linear)) tensor.zero_();

  EXPECT_EQ(linear->weight.abs().sum().item<float>(), 0.0F);
}

TEST(LoadState, TakesAFileUnderAnyOfItsNames) {
  torch::nn::Module module;  // the names of parallel.pth, but for "module."
  auto a = module.register_parameter("a", torch::zeros({2}));
  auto b = module.register_parameter("b", torch::ones({1}));

  load_state(module, WeightFile(fixture("parallel.pth")));

  EXPECT_TRUE(a.equal(torch::ones({2})));
  EXPECT_TRUE(b.equal(torch::zeros({1})));
}

TEST(LoadState, ComparesAFileWithItsChecksumsBeforeItChangesAnything) {
  const test::TemporaryFolder folder;
  auto bytes = test::bytes_of(fixture("parallel.pth"));
  bytes[bytes.find(std::string("\0\0\x80\x3F", 4))] = 1;
  test::write_bytes(folder / "a.pth", bytes);
  torch::nn::Module module;
  const auto a = module.register_parameter("a", torch::zeros({2}));
  module.register_parameter("b", torch::zeros({1}));

  test::expect_error(
      ErrorKind::BadData, [&] { load_state(module, WeightFile(folder / "a.pth")); },
      (folder / "a.pth").string(), "CRC-32");
  EXPECT_TRUE(a.equal(torch::zeros({2})));
}

struct PretrainedFile {
  std::string name;
  torch::ScalarType type;
};

class LoadEncoder : public testing::TestWithParam<PretrainedFile> {};
INSTANTIATE_TEST_SUITE_P(
    OfEachFormat, LoadEncoder,
    testing::Values(PretrainedFile{"fairseq_zip.pt", torch::kFloat32},
                    PretrainedFile{"fairseq_legacy_half.pt", torch::kFloat16},
                    PretrainedFile{"hugging_face.safetensors", torch::kFloat32},
                    PretrainedFile{"hugging_face_bfloat16.bin", torch::kBFloat16}));

TEST_P(LoadEncoder, TakesEveryWeightOfTheEncoderAndNoOther) {
  const auto network = make_network(stored_model(), test::four_tasks());
  std::map<std::string, torch::Tensor> before;
  for (const auto& [name, tensor] : state_of(*network)) before[name] = tensor.clone();

  const auto remainder = load_encoder(*network, WeightFile(fixture(GetParam().name)));

  const std::string prefix = "ssl_model.model.";
  for (const auto& [name, tensor] : state_of(*network)) {
    const auto expected = name.starts_with(prefix)
                              ? test::made_uniform(1, name.substr(prefix.size()), tensor.numel())
                                    .view(tensor.sizes())
                                    .to(GetParam().type)
                                    .to(torch::kFloat32)
                              : before[name];
    EXPECT_TRUE(tensor.equal(expected)) << name;
  }
  EXPECT_EQ(remainder.not_in_file.size(), 0U);
  EXPECT_EQ(remainder.not_in_network.size(), 8U);  // mask_emb, quantizer, project_q, final_proj
}

TEST(PretrainedEncoder, LeavesWhatOnlyPretrainingUsesAsItIsWhereTheFileLacksIt) {
  const test::TemporaryFolder folder;
  auto config = stored_model();
  const auto plain = make_network(config, test::four_tasks());
  write_safetensors(folder / "plain.safetensors", {state_of(*plain), {}});
  config.encoder.pretraining_weights = true;
  const auto network = make_network(config, test::four_tasks());

  const auto remainder = load_encoder(*network, WeightFile(folder / "plain.safetensors"));

  EXPECT_EQ(remainder.not_in_file.size(), 8U);
  EXPECT_TRUE(remainder.not_in_network.empty());
}

TEST(PretrainedEncoder, RefusesAnEncoderOfAnotherSizeAndChangesNothing) {
  auto config = stored_model();
  config.encoder.layers = 2;
  config.encoder.ffn_dim = 16;
  const auto network = make_network(config, test::four_tasks());
  const auto before = state_of(*network)[0].tensor.clone();

  test::expect_error(
      ErrorKind::BadData, [&] { load_encoder(*network, WeightFile(fixture("fairseq_zip.pt"))); },
      "fairseq_zip.pt", "16 missing: encoder.layers.1.",
      "encoder.layers.0.fc1.weight is [12, 8], must be [16, 8]");
  EXPECT_TRUE(state_of(*network)[0].tensor.equal(before));
}

TEST(PretrainedEncoder, NamesAFileWithoutAnEncoder) {
  const auto network = make_network(stored_model(), test::four_tasks());
  test::expect_error(
      ErrorKind::BadData, [&] { load_encoder(*network, WeightFile(fixture("kinds_zip.pth"))); },
      "kinds_zip.pth", "no wav2vec 2.0 encoder");
}

}  // namespace
}  // namespace codectrace::model
