#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "model/undrawn_weights.h"
#include "model/weights/load.h"
#include "model/whisper/whisper_encoder.h"
#include "tests/support/difference_table.h"
#include "tests/support/made_tensors.h"

// Whisper-small's encoder against numbers that the published Python implementation gave on the same
// made weights and waveforms.
namespace codectrace {
namespace {

using Json = nlohmann::json;

class WhisperParity : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    torch::set_num_threads(2);
    expected_ = new Json(
        Json::parse(read_file(std::string(CT_TEST_DATA) + "/parity/whisper.json"))["encoder"]);
    table_ = new test::DifferenceTable("Whisper's encoder, absolute");
    const model::UndrawnWeights undrawn;
    encoder_ = new model::WhisperEncoder(model::WhisperConfig{});
    const torch::NoGradGuard no_grad;
    for (auto [name, tensor] : model::state_of(**encoder_)) {
      tensor.copy_(test::made_weight(1, "whisper.model.encoder." + name, tensor));
    }
  }
  static void TearDownTestSuite() {
    delete encoder_;
    delete table_;
    delete expected_;
  }

  static model::WhisperEncoder& encoder() { return *encoder_; }

  /// 82,200 samples, repeated to them, cut to them.
  static torch::Tensor waveforms() {
    constexpr std::array<std::int64_t, 3> kLengths{82200, 30000, 120000};
    std::vector<torch::Tensor> waves;
    for (std::size_t i = 0; i < kLengths.size(); ++i) {
      waves.push_back(test::of_length(test::made_waveform(10 + i, kLengths.at(i)), kLengths[0]));
    }
    return torch::stack(waves);
  }

  static void compare(const std::string& name, const torch::Tensor& output) {
    const auto& wanted = (*expected_)["whisper." + name];
    ASSERT_EQ(output.sizes().vec(), wanted["shape"].get<std::vector<std::int64_t>>()) << name;
    const auto flat = output.contiguous().flatten().to(torch::kFloat64);
    const auto difference = [](const torch::Tensor& found, const Json& numbers) {
      const auto list = numbers.is_array() ? numbers.get<std::vector<double>>()
                                           : std::vector<double>{numbers.get<double>()};
      return (found - torch::tensor(list, torch::kFloat64)).abs().max().item<double>();
    };
    table_->expect(name,
                   std::max({difference(flat.mean(), wanted["mean"]),
                             difference(flat.std(/*unbiased=*/false), wanted["std"]),
                             difference(flat.abs().max(), wanted["abs_max"]),
                             difference(flat.narrow(0, 0, 8), wanted["first8"]),
                             difference(flat.narrow(0, flat.numel() - 4, 4), wanted["last4"])}),
                   1e-4);
  }

  template <class Module>
  static Module& part(const std::string& name) {
    return *encoder()->named_modules()[name]->template as<Module>();
  }

 private:
  static inline model::WhisperEncoder* encoder_ = nullptr;
  static inline Json* expected_ = nullptr;
  static inline test::DifferenceTable* table_ = nullptr;
};

TEST_F(WhisperParity, EveryStageIsTheReferences) {
  const torch::NoGradGuard no_grad;
  const auto log_mel = model::LogMel(80, 3000)(waveforms());

  compare("input_features", log_mel);
  auto x = part<torch::nn::Conv1dImpl>("conv1").forward(log_mel);
  compare("encoder.conv1", x);
  x = part<torch::nn::Conv1dImpl>("conv2").forward(torch::gelu(x));
  compare("encoder.conv2", x);
  x = torch::gelu(x).transpose(1, 2) + encoder()->named_parameters()["embed_positions.weight"];
  compare("encoder.layers.0", part<model::WhisperLayerImpl>("layers.0").forward(x, 1500));
  compare("encoder", encoder()(log_mel));
}

TEST_F(WhisperParity, WhatIsPooledIsTheReferences) {
  compare("pooled", encoder()->pooled(waveforms()));
}

TEST_F(WhisperParity, WhatIsLeftOutChangesNothing) {
  const auto waves = waveforms();
  const auto all = encoder()(model::LogMel(80, 3000)(waves)).narrow(1, 0, 256);
  const auto wanted = (all.slice(1, 0, 256, 2) + all.slice(1, 1, 256, 2)) / 2;

  EXPECT_LE((encoder()->pooled(waves) - wanted).abs().max().item<double>(), 2e-5);
}

}  // namespace
}  // namespace codectrace
