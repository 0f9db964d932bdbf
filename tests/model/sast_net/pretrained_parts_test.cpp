#include "model/sast_net/pretrained_parts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/factory.h"
#include "model/weights/load.h"
#include "model/weights/safetensors.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_model.h"

namespace codectrace::model {
namespace {

std::shared_ptr<Network> small(std::uint64_t seed) {
  torch::manual_seed(seed);
  return make_network(preset_config(Architecture::SastNet, Preset::Small), test::four_tasks());
}

torch::Tensor weight(Network& network, const std::string& name) {
  return network.named_parameters()[name].clone();
}

class PretrainedParts : public testing::Test {
 protected:
  WeightFile file(const std::vector<NamedTensor>& tensors) {
    const auto path = folder_.path() / "part.safetensors";
    write_safetensors(path, {tensors, {}});
    return WeightFile(path);
  }

  /// What an AudioMAE file of this size has: the encoder's and one decoder's tensors, and others.
  static std::vector<NamedTensor> audio_mae(const Network& network) {
    std::vector<NamedTensor> tensors;
    for (const auto& [name, tensor] : state_of(network)) {
      for (const std::string front : {"MAE.encoder.", "MAE.all_decoders.1."}) {
        if (name.starts_with(front)) tensors.push_back({name.substr(front.size()), tensor.clone()});
      }
    }
    tensors.push_back({"decoder_blocks.0.attn.tau", torch::ones({4})});
    tensors.push_back({"decoder_blocks.9.norm1.weight", torch::ones({32})});
    return tensors;
  }

  test::TemporaryFolder folder_;
};

TEST_F(PretrainedParts, AudioMaeGoesIntoTheEncoderAndEveryDecoder) {
  const auto source = small(1);
  const auto network = small(2);
  const auto embedding = weight(*network, "MAE.encoder.patch_embed.proj.weight");

  const auto taken = load_audio_mae(*network, file(audio_mae(*source)));

  EXPECT_TRUE(weight(*network, "MAE.encoder.blocks.1.attn.qkv.weight")
                  .equal(weight(*source, "MAE.encoder.blocks.1.attn.qkv.weight")));
  for (const std::string d : {"0", "3"}) {
    EXPECT_TRUE(weight(*network, "MAE.all_decoders." + d + ".mask_token")
                    .equal(weight(*source, "MAE.all_decoders.1.mask_token")));
  }
  EXPECT_TRUE(weight(*network, "MAE.encoder.patch_embed.proj.weight").equal(embedding));
  for (const std::string name : {"decoder_blocks.0.attn.tau", "decoder_blocks.9.norm1.weight",
                                 "pos_embed", "decoder_embed.weight"}) {
    EXPECT_EQ(std::ranges::count(taken.passed_over, name), 1) << name;
  }
  EXPECT_EQ(std::ranges::count(taken.left_fresh, "MAE.encoder.pos_embed"), 1);
}

TEST_F(PretrainedParts, AudioMaeThatLacksATensorOrHasABlockTooManyIsRefusedByName) {
  auto lacking = audio_mae(*small(1));
  std::erase_if(lacking, [](const NamedTensor& tensor) { return tensor.name == "norm.bias"; });
  auto more = audio_mae(*small(1));
  more.push_back({"blocks.2.norm1.weight", torch::ones({64})});
  const auto network = small(2);

  test::expect_error(
      ErrorKind::BadData, [&] { load_audio_mae(*network, file(lacking)); },
      "1 missing: MAE.encoder.norm.bias");
  test::expect_error(
      ErrorKind::BadData, [&] { load_audio_mae(*network, file(more)); },
      "1 unexpected: MAE.encoder.blocks.2.norm1.weight");
}

TEST_F(PretrainedParts, WhisperIsTakenUnderAnyPrefixWithoutItsDecoder) {
  const auto source = small(1);
  for (const std::string front : {"", "model.", "whisper.model."}) {
    std::vector<NamedTensor> tensors{{front + "decoder.layer_norm.bias", torch::ones({64})}};
    for (const auto& [name, tensor] : state_of(*source)) {
      const std::string ours = "whisper.model.";
      if (name.starts_with(ours)) tensors.push_back({front + name.substr(ours.size()), tensor});
    }
    const auto network = small(2);

    const auto taken = load_whisper(*network, file(tensors));

    EXPECT_EQ(taken.passed_over, std::vector{front + "decoder.layer_norm.bias"});
    EXPECT_TRUE(weight(*network, "whisper.model.encoder.layers.0.fc1.weight")
                    .equal(weight(*source, "whisper.model.encoder.layers.0.fc1.weight")));
  }
}

TEST_F(PretrainedParts, AFileWithoutThePartAndANetworkWithoutItAreRefused) {
  const auto other = file({{"x", torch::ones({1})}});
  const auto w2v2 = make_network(test::tiny_model(), test::four_tasks());

  test::expect_error(
      ErrorKind::BadData, [&] { load_whisper(*small(1), other); }, "no Whisper encoder");
  test::expect_error(
      ErrorKind::Usage, [&] { load_audio_mae(*w2v2, other); }, "no MAE.encoder.");
}

}  // namespace
}  // namespace codectrace::model
