#include "train/step.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "comm/self.h"
#include "tests/support/expect_error.h"
#include "tests/support/synthetic_training.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"
#include "train/checkpoint.h"

namespace codectrace::train {
namespace {

void expect_equal_training(const Sampling& sampling,
                           Training::MakeNetwork make_network = Training::small_network,
                           std::uint64_t steps = 6) {
  comm::SelfCommunicator alone;
  Training one(alone, torch::kFloat64, Training::small(), make_network);
  Training many(test::test_communicator(), torch::kFloat64, Training::small(), make_network);

  expect_same_training(one, many, sampling, steps, 1e-9);
}

TEST(TrainingStep, SeveralRanksDoWhatOneDoesOnTheSameGlobalBatch) {
  expect_equal_training(uneven_batches());
}

TEST(TrainingStep, TellsItsTimeApartAndWaitsOnlyForOtherRanks) {
  Training training(test::test_communicator(), torch::kFloat64, Training::small(),
                    Training::w2v2_aasist);
  const Data data = synthetic_data();
  const auto begun = std::chrono::steady_clock::now();

  const StepTimes times = training.run(data, uneven_batches(), 0).times;

  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - begun;
  EXPECT_GT(times.forward_s, 0);
  EXPECT_GT(times.backward_s, 0);
  EXPECT_LE(times.forward_s + times.backward_s + times.communication_s + times.optimizer_s,
            whole.count());
  EXPECT_LE(times.hidden_communication_s, times.forward_s + times.backward_s);
  EXPECT_EQ(times.communication_s > 0, test::test_communicator().size() > 1);
}

TEST(TrainingStep, SeveralRanksDoWhatOneDoesWithAWholeW2v2Aasist) {
  expect_equal_training(uneven_batches(), Training::w2v2_aasist);
}

TEST(TrainingStep, MicroBatchesAddUpOverRanksToo) { expect_equal_training(uneven_batches(3)); }

TEST(TrainingStep, SeveralRanksReconstructAsOneDoes) {
  expect_equal_training(uneven_batches(), Training::reconstructing);
}

TEST(TrainingStep, SeveralRanksDoWhatOneDoesWithAWholeSastNet) {
  Sampling sampling = uneven_batches();
  sampling.batch_size = 5;
  expect_equal_training(sampling, Training::sast_net, /*steps=*/2);
}

TEST(TrainingStep, MicroBatchesOfReconstructionAddUpOverRanksToo) {
  expect_equal_training(uneven_batches(3), Training::reconstructing);
}

TEST(TrainingStep, ThePenaltyOfUncertaintyCountsOnceForAllRanksAndMicroBatches) {
  const Data data = synthetic_data();
  Training training(test::test_communicator(), torch::kFloat64, Training::small(),
                    Training::reconstructing);

  const StepReport report = training.run(data, uneven_batches(3), 0);

  const torch::Tensor gradient = training.loss->parameters()[0].grad();
  double loss = 0;
  for (std::int64_t k = 0; k < 2; ++k) {  // p is 1: 0.5·l + ln 2, gradient −l + 1
    const double term = report.by_term[static_cast<std::size_t>(k)];
    EXPECT_GT(term, 0.1);
    EXPECT_NEAR(gradient[k].item<double>(), 1 - term, 1e-12);
    loss += 0.5 * term + std::log(2.0);
  }
  EXPECT_NEAR(report.loss, loss, 1e-12);
}

TEST(TrainingStep, AnUnlabelledBatchPullsOnNothingButTheUncertainty) {
  Data data = synthetic_data();
  data.targets.fill_(-1);
  Training training(test::test_communicator(), torch::kFloat64, Training::small(),
                    Training::reconstructing);

  const StepReport report = training.run(data, uneven_batches(), 0);

  EXPECT_NEAR(report.loss, 2 * std::log(2.0), 1e-12);
  for (const auto& parameter : training.optimizer->parameters()) {
    const torch::Tensor& gradient = parameter.tensor.grad();
    if (!gradient.defined()) continue;
    const double expected = parameter.name == "loss.p" ? 1.0 : 0.0;
    EXPECT_TRUE(torch::allclose(gradient, torch::full_like(gradient, expected))) << parameter.name;
  }
}

TEST(TrainingStep, AnUtteranceIsMaskedByItsOwnSeedWhereverItIsInTheBatch) {
  const Data data = synthetic_data();
  const auto reconstruction = [&](std::uint64_t micro_batches) {
    Training training(test::test_communicator(), torch::kFloat64, Training::small(),
                      Training::reconstructing);
    return training.run(data, uneven_batches(micro_batches), 0).by_term[0];
  };

  EXPECT_NEAR(reconstruction(3), reconstruction(1), 1e-12);  // no batch norm before the decoders
}

TEST(TrainingStep, SavedAndGoneOnIsTheSameAsGoneOnMasksAndUncertaintyIncluded) {
  const Data data = synthetic_data();
  auto& comm = test::test_communicator();
  Sampling sampling =
      uneven_batches();  // four steps an epoch: the resumed part begins in mid-epoch
  const auto new_training = [&] {
    return std::make_unique<Training>(comm, torch::kFloat32, Training::small(),
                                      Training::reconstructing);
  };
  const auto whole = new_training();
  const auto first = new_training();
  const auto rest = new_training();
  const test::TemporaryFolder folder;  // each rank's own

  for (std::uint64_t number = 0; number < 6; ++number) whole->run(data, sampling, number);
  for (std::uint64_t number = 0; number < 3; ++number) first->run(data, sampling, number);
  write_checkpoint(folder.path() / "checkpoint", {}, {{}, "", first->network}, first->loss,
                   *first->optimizer, {});
  load_checkpoint(folder.path() / "checkpoint", *rest->network, rest->loss, *rest->optimizer, {});
  for (std::uint64_t number = 3; number < 6; ++number) rest->run(data, sampling, number);

  for (std::size_t i = 0; i < whole->optimizer->parameters().size(); ++i) {
    const auto& expected = whole->optimizer->parameters()[i];
    EXPECT_TRUE(torch::equal(rest->optimizer->parameters()[i].tensor, expected.tensor))
        << expected.name;
  }
  EXPECT_FALSE(torch::equal(whole->loss->parameters()[0], torch::ones({2})));
}

TEST(TrainingStep, FirstGradientsAgreeInFloat32) {
  const Data data = synthetic_data();
  comm::SelfCommunicator alone;
  Training one(alone, torch::kFloat32);
  Training many(test::test_communicator(), torch::kFloat32);

  one.run(data, uneven_batches(), 0);
  many.run(data, uneven_batches(), 0);

  const auto expected = one.optimizer->parameters();
  const auto found = many.optimizer->parameters();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(found[i].tensor.grad().defined(), expected[i].tensor.grad().defined());
    if (!expected[i].tensor.grad().defined()) continue;
    EXPECT_LT((found[i].tensor.grad() - expected[i].tensor.grad()).abs().max().item<double>(), 1e-4)
        << expected[i].name;
  }
}

TEST(TrainingStep, AllRanksHaveTheSameBits) {
  const Data data = synthetic_data();
  auto& comm = test::test_communicator();
  Training training(comm, torch::kFloat32);

  for (std::uint64_t number = 0; number < 4; ++number) training.run(data, uneven_batches(), number);

  for (const auto& parameter : training.optimizer->parameters()) {
    torch::Tensor root = parameter.tensor.detach().clone();
    comm.broadcast({root.data_ptr(), static_cast<std::size_t>(root.numel()),
                    comm::DataType::Float32, comm::Device::Host},
                   0);
    EXPECT_TRUE(torch::equal(root, parameter.tensor)) << parameter.name;
  }
}

TEST(TrainingStep, AParameterWithoutGradientStaysAsItIs) {
  const Data data = synthetic_data();
  Training training(test::test_communicator(), torch::kFloat32);

  training.run(data, uneven_batches(), 0);

  for (const auto& parameter : training.optimizer->parameters()) {
    if (parameter.name != "unused") continue;
    EXPECT_FALSE(parameter.tensor.grad().defined());
    EXPECT_TRUE(torch::equal(parameter.tensor, torch::ones({3})));
  }
}

TEST(TrainingStep, ALossThatIsNotFiniteStopsEveryRankAndNamesTheUtterances) {
  Data data = synthetic_data();
  auto& comm = test::test_communicator();
  Training training(comm, torch::kFloat32);
  const auto share = draw_share(
      uneven_batches(), 0,
      {0, static_cast<std::uint64_t>(comm.size() - 1), static_cast<std::uint64_t>(comm.size())});
  const std::uint64_t bad = share.back().entry;
  data.waveforms[static_cast<std::int64_t>(bad)][0] = std::numeric_limits<double>::quiet_NaN();
  const torch::Tensor before = training.optimizer->parameters()[0].tensor.detach().clone();

  test::expect_error(
      ErrorKind::BadData, [&] { training.run(data, uneven_batches(), 0); }, "step 1",
      "utterance_" + std::to_string(bad), "rank " + std::to_string(comm.size() - 1));

  EXPECT_TRUE(torch::equal(training.optimizer->parameters()[0].tensor, before));
}

/// A step that fails on the last rank.
void spoil(Data& data, std::uint64_t number, const comm::Communicator& comm, double by) {
  const auto share = draw_share(
      uneven_batches(), number,
      {0, static_cast<std::uint64_t>(comm.size() - 1), static_cast<std::uint64_t>(comm.size())});
  data.waveforms[static_cast<std::int64_t>(share.back().entry)].fill_(by);
}

void expect_same_bits(const std::vector<torch::Tensor>& found,
                      const std::vector<torch::Tensor>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(torch::equal(found[i], expected[i]));
}

void expect_that_a_bad_step_is_left_out(Training::MakeNetwork make_network, double by) {
  const Data good = synthetic_data();
  Data bad = synthetic_data();
  auto& comm = test::test_communicator();
  spoil(bad, 1, comm, by);
  StepOptions options = Training::small();
  options.on_bad_loss = OnBadLoss::Skip;
  Training found(comm, torch::kFloat32, options, make_network);
  Training expected(comm, torch::kFloat32, options, make_network);

  EXPECT_EQ(found.run(good, uneven_batches(), 0).skipped, "");
  const StepReport report = found.run(bad, uneven_batches(), 1);
  EXPECT_EQ(found.run(good, uneven_batches(), 2).skipped, "");
  for (const std::uint64_t number : {0, 2}) {  // which doesn't know of the one between
    EXPECT_EQ(expected.run(good, uneven_batches(), number).skipped, "");
  }

  EXPECT_TRUE(report.skipped.starts_with("step 2: the loss is not finite")) << report.skipped;
  const auto last = "; rank " + std::to_string(comm.size() - 1) + ": utterance_";
  EXPECT_NE(report.skipped.find(last), std::string::npos) << report.skipped;
  EXPECT_EQ(comm.gathered_texts(report.skipped),
            std::vector<std::string>(static_cast<std::size_t>(comm.size()), report.skipped));
  expect_same_bits(found.network->parameters(), expected.network->parameters());
  expect_same_bits(found.network->buffers(), expected.network->buffers());
}

TEST(TrainingStep, ABadStepThatIsLeftOutLeavesNoTrace) {
  expect_that_a_bad_step_is_left_out(Training::small_network,
                                     std::numeric_limits<double>::quiet_NaN());
  expect_that_a_bad_step_is_left_out(Training::small_network,
                                     std::numeric_limits<double>::infinity());
}

TEST(TrainingStep, ABadStepThatIsLeftOutLeavesNoTraceInAWholeW2v2Aasist) {
  expect_that_a_bad_step_is_left_out(Training::w2v2_aasist,
                                     std::numeric_limits<double>::quiet_NaN());
}

/// Three steps, saved, and three more on another number of ranks.
void expect_undisturbed(comm::Communicator& before, comm::Communicator& after,
                        Training::MakeNetwork make_network) {
  const Data data = synthetic_data();
  const Sampling sampling = uneven_batches();  // resumed in mid-epoch
  comm::SelfCommunicator alone;
  Training whole(alone, torch::kFloat64, Training::small(), make_network);
  Training first(before, torch::kFloat64, Training::small(), make_network);
  Training rest(after, torch::kFloat64, Training::small(), make_network);
  const test::TemporaryFolder folder;  // each rank's own

  for (std::uint64_t number = 0; number < 3; ++number) first.run(data, sampling, number);
  write_checkpoint(folder.path() / "checkpoint", {}, {{}, "", first.network}, first.loss,
                   *first.optimizer, {});
  load_checkpoint(folder.path() / "checkpoint", *rest.network, rest.loss, *rest.optimizer, {});
  for (std::uint64_t number = 0; number < 6; ++number) {
    const double expected = whole.run(data, sampling, number).loss;
    if (number < 3) continue;
    EXPECT_NEAR(rest.run(data, sampling, number).loss, expected, 1e-9);
  }

  for (std::size_t i = 0; i < whole.optimizer->parameters().size(); ++i) {
    const auto& expected = whole.optimizer->parameters()[i];
    const auto difference = rest.optimizer->parameters()[i].tensor - expected.tensor;
    EXPECT_LT(difference.abs().max().item<double>(), 1e-9) << expected.name;
  }
}

TEST(TrainingStep, GoneOnWithOnMoreRanksItIsAsUndisturbed) {
  comm::SelfCommunicator alone;
  expect_undisturbed(alone, test::test_communicator(), Training::small_network);
  expect_undisturbed(alone, test::test_communicator(), Training::w2v2_aasist);
}

TEST(TrainingStep, GoneOnWithOnFewerRanksItIsAsUndisturbed) {
  comm::SelfCommunicator alone;
  expect_undisturbed(test::test_communicator(), alone, Training::small_network);
  expect_undisturbed(test::test_communicator(), alone, Training::w2v2_aasist);
}

TEST(TrainingStep, ClipsTheGlobalGradient) {
  const Data data = synthetic_data();
  StepOptions options = Training::small();
  options.clip_norm = 0.01;
  Training training(test::test_communicator(), torch::kFloat64, options);

  const StepReport report = training.run(data, uneven_batches(), 0);

  EXPECT_GT(report.gradient_norm, 0.01);
  EXPECT_NEAR(training.optimizer->clip_gradients(0), 0.01, 1e-9);
}

}  // namespace
}  // namespace codectrace::train
