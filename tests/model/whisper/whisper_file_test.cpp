#include "model/whisper/whisper_file.h"

#include <gtest/gtest.h>

#include "model/factory.h"
#include "model/sast_net/pretrained_parts.h"
#include "model/weights/load.h"
#include "model/weights/safetensors.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_model.h"

namespace codectrace::model {
namespace {

constexpr std::string_view kWhisper = "whisper.model.";

std::shared_ptr<Network> small(std::uint64_t seed) {
  torch::manual_seed(seed);
  return make_network(preset_config(Architecture::SastNet, Preset::Small), test::four_tasks());
}

class WhisperFile : public testing::Test {
 protected:
  WeightFile file(const std::vector<NamedTensor>& tensors) {
    const auto path = folder_.path() / "whisper.safetensors";
    write_safetensors(path, {tensors, {}});
    return WeightFile(path);
  }
  /// The network's Whisper with `front` before "encoder.", and a tensor that isn't the encoder's.
  static std::vector<NamedTensor> whisper(const Network& network, const std::string& front) {
    std::vector<NamedTensor> tensors;
    for (const auto& [name, tensor] : state_of(network)) {
      if (name.starts_with(kWhisper))
        tensors.push_back({front + name.substr(kWhisper.size()), tensor.clone()});
    }
    tensors.push_back({front + "decoder.layers.0.fc1.bias", torch::ones({4})});
    return tensors;
  }

  test::TemporaryFolder folder_;
};

TEST_F(WhisperFile, GivesTheFrozenPartOfTheNetworkThatStartsFromItWhateverStandsBeforeItsNames) {
  const auto source = small(1);
  const auto network = small(2);
  load_whisper(*network, file(whisper(*source, "model.")));
  const auto waveform = torch::randn({2, network->input_samples()}) * 0.1;

  for (const std::string front : {"model.", "", "whisper.model."}) {
    auto part = open_frozen_whisper(file(whisper(*source, front)));

    EXPECT_EQ(part.provenance(), network->frozen_part()->provenance());
    EXPECT_EQ(part.shape(), network->frozen_part()->shape());
    EXPECT_EQ(part.input_samples(), network->input_samples());
    EXPECT_TRUE(part.compute(waveform).equal(network->frozen_part()->compute(waveform)));
  }
}

TEST_F(WhisperFile, OfOtherWeightsIsToldByItsProvenance) {
  const auto one = open_frozen_whisper(file(whisper(*small(1), "model."))).provenance();

  EXPECT_NE(open_frozen_whisper(file(whisper(*small(2), "model."))).provenance(), one);
}

TEST_F(WhisperFile, WithoutAnEncoderOrOfNoPresetsSizeIsRefused) {
  auto tensors = whisper(*small(1), "model.");
  for (auto& [name, tensor] : tensors) {
    if (name == "model.encoder.conv1.weight") tensor = torch::zeros({512, 80, 3});  // Whisper-base
  }

  test::expect_error(
      ErrorKind::BadData, [&] { (void)open_frozen_whisper(file(tensors)); },
      "model.encoder.conv1.weight is [512, 80, 3]", "no preset");
  test::expect_error(
      ErrorKind::BadData,
      [&] {
        (void)open_frozen_whisper(file({{"LL.weight", torch::zeros({2})}}));
      },
      "no Whisper encoder");
}

TEST_F(WhisperFile, ThatLacksATensorIsRefusedByItsName) {
  auto tensors = whisper(*small(1), "model.");
  std::erase_if(tensors, [](const NamedTensor& tensor) {
    return tensor.name == "model.encoder.layer_norm.bias";
  });

  test::expect_error(
      ErrorKind::BadData, [&] { (void)open_frozen_whisper(file(tensors)); }, "layer_norm.bias");
}

}  // namespace
}  // namespace codectrace::model
