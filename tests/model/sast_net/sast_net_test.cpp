#include "model/sast_net/sast_net.h"

#include <gtest/gtest.h>

#include "model/factory.h"
#include "tests/support/expect_error.h"
#include "tests/support/tiny_model.h"
#include "tests/support/without_dropout.h"

namespace codectrace::model {
namespace {

ModelConfig small_without_dropout() {
  return test::without_dropout(preset_config(Architecture::SastNet, Preset::Small));
}

std::shared_ptr<SastNet> small(const ModelConfig& config = small_without_dropout()) {
  torch::manual_seed(1);
  return std::dynamic_pointer_cast<SastNet>(make_network(config, test::four_tasks()));
}

Input batch(const SastNet& network, std::int64_t size, Drawing drawing = Drawing::Nothing) {
  torch::manual_seed(99);
  Input input;
  input.waveform = torch::randn({size, network.input_samples()}) * 0.1;
  input.drawing = drawing;
  for (std::int64_t i = 0; i < size; ++i) input.seeds.push_back(static_cast<std::uint64_t>(i) + 7);
  return input;
}

Input alone(const Input& input, std::int64_t i) {
  Input one;
  one.waveform = input.waveform.narrow(0, i, 1);
  one.drawing = input.drawing;
  one.seeds = {input.seeds[static_cast<std::size_t>(i)]};
  return one;
}

TEST(SastNet, GivesLogitsOfItsTasksClasses) {
  auto config = small_without_dropout();
  for (const auto& head : test::four_tasks()) {
    for (const auto& known : enum_names(SastNetTask{})) {
      if (known.name == head.task) config.task = known.value;
    }
    const auto network = small(config);

    const auto output = network->forward(batch(*network, 2));

    ASSERT_EQ(output.logits.size(), 1U);
    const auto classes = static_cast<std::int64_t>(head.classes.size());
    EXPECT_EQ(output.logits[0].sizes(), (std::vector<std::int64_t>{2, classes}));
    EXPECT_FALSE(output.reconstruction_errors.defined());
  }
}

TEST(SastNet, ReconstructsWhatMasksHideInTrainAndEvalMode) {
  const auto network = small();
  for (const bool training : {true, false}) {
    network->train(training);

    const auto output = network->forward(batch(*network, 3, Drawing::Masks));

    EXPECT_EQ(output.reconstruction_errors.sizes(), (std::vector<std::int64_t>{3, 4}));
    EXPECT_TRUE((output.reconstruction_errors > 0).all().item<bool>());
  }
}

TEST(SastNet, ScoresAnUtteranceTheSameInAnyBatchWhateverIsDrawn) {
  const torch::NoGradGuard no_grad;
  const auto network = small();
  network->to(torch::kFloat64);
  network->eval();
  for (const auto drawing : {Drawing::Nothing, Drawing::Masks, Drawing::TokenOrder}) {
    auto input = batch(*network, 3, drawing);
    input.waveform = input.waveform.to(torch::kFloat64);

    const auto together = network->forward(input);

    for (std::int64_t i = 0; i < 3; ++i) {
      const auto one = network->forward(alone(input, i));
      EXPECT_LE((one.logits[0][0] - together.logits[0][i]).abs().max().item<double>(), 1e-10);
      if (drawing != Drawing::Masks) continue;
      const auto& errors = together.reconstruction_errors;
      EXPECT_LE((one.reconstruction_errors[0] - errors[i]).abs().max().item<double>(), 1e-10);
    }
  }
}

TEST(SastNet, TakesFeaturesForTheFrozenEncodersOutput) {
  const torch::NoGradGuard no_grad;
  const auto network = small();
  network->eval();
  auto input = batch(*network, 2);
  const auto computed = network->forward(input).logits[0];
  auto* whisper = network->named_modules()["whisper.model.encoder"]->as<WhisperEncoder>();

  input.features = whisper->pooled(input.waveform);
  EXPECT_TRUE(network->forward(input).logits[0].equal(computed));
  input.features = torch::zeros_like(input.features);
  EXPECT_FALSE(network->forward(input).logits[0].equal(computed));
}

TEST(SastNet, TrainsAllButWhatIsFrozenOrUnused) {
  const auto network = small();
  const auto output = network->forward(batch(*network, 3, Drawing::Masks));

  (output.logits[0].square().sum() + output.reconstruction_errors.sum()).backward();

  for (const auto& item : network->named_parameters()) {
    const auto& name = item.key();
    const bool frozen = name.starts_with("whisper.") || name.ends_with("pos_embed");
    const bool unused = name.find(".bn1.") != std::string::npos;
    EXPECT_EQ(item.value().grad().defined(), !frozen && !unused) << name;
    EXPECT_EQ(item.value().requires_grad(), !frozen) << name;
  }
}

TEST(SastNet, RefusesAnotherLengthMissingSeedsAndMasksThatHideNothing) {
  const auto network = small();
  auto input = batch(*network, 2, Drawing::Masks);
  input.seeds.pop_back();
  test::expect_error(
      ErrorKind::Usage, [&] { network->forward(input); }, "1 seeds for 2 utterances");
  input.waveform = torch::zeros({1, 100});
  test::expect_error(
      ErrorKind::Usage, [&] { network->forward(input); }, "49680 samples");
  auto config = small_without_dropout();
  config.masking.ratio = 0;
  const auto unmasked = small(config);
  test::expect_error(
      ErrorKind::Usage, [&] { unmasked->forward(batch(*unmasked, 2, Drawing::Masks)); },
      "model.masking.ratio");
}

}  // namespace
}  // namespace codectrace::model
