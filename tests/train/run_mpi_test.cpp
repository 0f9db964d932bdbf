#include "train/run.h"

#include <gtest/gtest.h>

#include "comm/agreement.h"
#include "core/atomic_file.h"
#include "core/stop_signal.h"
#include "model/weights/safetensors.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/training_test.h"
#include "tests/support/without_dropout.h"
#include "train/checkpoint.h"
#include "train/run_directory.h"

namespace codectrace::train {
namespace {

namespace fs = std::filesystem;

class TrainingRun : public test::TrainingTest {
 protected:
  static std::string weights(const fs::path& run_folder) {
    return read_file(run_folder / "latest" / "weights.safetensors");
  }
};

TEST_F(TrainingRun, WritesTheBestAndTheLastCheckpointAndItsCurves) {
  const Config job = config("run");

  ASSERT_EQ(run(job), ExitCode::Done);

  const TrainingState state = read_state(job.out / "latest");
  EXPECT_TRUE(state.finished);
  EXPECT_EQ(state.step, 8U);  // 24 utterances, batches of 6, two epochs
  ASSERT_TRUE(state.best.has_value());
  EXPECT_EQ(read_state(job.out / "best").step, state.best->step);
  EXPECT_TRUE(fs::exists(job.out / "best" / "model.toml"));
  EXPECT_TRUE(fs::exists(job.out / "config.toml"));
  EXPECT_THAT(read_file(job.out / "metrics.jsonl"), testing::HasSubstr("\"kind\":\"dev\""));
}

TEST_F(TrainingRun, InterruptedInMidEpochAndGoneOnIsTheSameAsUninterrupted) {
  const Config whole = config("whole");
  ASSERT_EQ(run(whole), ExitCode::Done);
  Config parts = config("parts");
  parts.train.max_steps = 0;
  parts.checkpoint.every_steps = 1;

  // A stop that comes before the first step ends the run after it, every time.
  int interruptions = 0;
  ExitCode code = ExitCode::Interrupted;
  while (code == ExitCode::Interrupted && interruptions < 20) {
    set_stop_requested(comm_.rank() == comm_.size() - 1);
    code = run(parts);
    if (code == ExitCode::Interrupted) ++interruptions;
  }

  EXPECT_EQ(code, ExitCode::Done);
  EXPECT_EQ(interruptions, 7);
  EXPECT_EQ(weights(parts.out), weights(whole.out));
  EXPECT_EQ(read_file(parts.out / "latest" / "optimizer.safetensors"),
            read_file(whole.out / "latest" / "optimizer.safetensors"));
}

TEST_F(TrainingRun, UncertaintyOfTermsIsLoggedSavedAndGoneOnWith) {
  Config whole = config("whole");
  whole.loss.task_weighting = TaskWeighting::Uncertainty;
  whole.optimizer.kind = OptimizerKind::AdamW;
  whole.optimizer.loss_lr = 1e-2;
  whole.schedule.kind = ScheduleKind::Cosine;
  whole.schedule.falls_after = FallsAfter::Epoch;
  ASSERT_EQ(run(whole), ExitCode::Done);
  Config parts = whole;
  parts.out = path_ / "parts";
  parts.checkpoint.every_steps = 3;

  int interruptions = 0;
  set_stop_requested(comm_.is_root());
  while (run(parts) == ExitCode::Interrupted && interruptions < 20) {
    ++interruptions;
    set_stop_requested(comm_.is_root() && interruptions < 2);
  }

  EXPECT_EQ(interruptions, 2);
  EXPECT_EQ(weights(parts.out), weights(whole.out));
  EXPECT_EQ(read_file(parts.out / "latest" / "optimizer.safetensors"),
            read_file(whole.out / "latest" / "optimizer.safetensors"));
  EXPECT_THAT(read_file(whole.out / "latest" / "optimizer.safetensors"),
              testing::HasSubstr("loss_parameter.p"));
  EXPECT_THAT(read_file(whole.out / "metrics.jsonl"), testing::HasSubstr("\"weight_VQ\":0."));
}

TEST_F(TrainingRun, AFinishedRunIsRecognised) {
  const Config job = config("run");
  ASSERT_EQ(run(job), ExitCode::Done);
  const auto written = fs::last_write_time(job.out / "latest" / "state.json");

  EXPECT_EQ(run(job), ExitCode::Done);

  EXPECT_EQ(fs::last_write_time(job.out / "latest" / "state.json"), written);
}

TEST_F(TrainingRun, AnotherConfigInTheSameDirectoryIsAnErrorThatSaysWhatDiffers) {
  Config job = config("run");
  job.train.max_steps = 1;
  ASSERT_EQ(run(job), ExitCode::Done);
  Config other = job;
  other.optimizer.lr = 5e-4;

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(other); }, "optimizer.lr is 5e-04, was 0.001", "--resume");
}

TEST_F(TrainingRun, GoesOnFromACheckpointWithMoreEpochs) {
  Config job = config("run");
  job.train.max_steps = 2;
  ASSERT_EQ(run(job), ExitCode::Done);
  Config longer = config("run");
  longer.resume = parse_resume((job.out / "checkpoints" / "step-00000002").string());

  EXPECT_EQ(run(longer), ExitCode::Done);

  EXPECT_EQ(read_state(job.out / "latest").step, 8U);
}

TEST_F(TrainingRun, BegunElsewhereAndInterruptedTheSameCommandGoesOnFromItsOwnCheckpoint) {
  const Config whole = config("whole");
  ASSERT_EQ(run(whole), ExitCode::Done);
  Config before = config("before");
  before.train.max_steps = 2;
  ASSERT_EQ(run(before), ExitCode::Done);
  Config job = config("run");
  job.resume = parse_resume((before.out / "latest").string());
  set_stop_requested(comm_.is_root());
  ASSERT_EQ(run(job), ExitCode::Interrupted);
  set_stop_requested(false);
  comm_.barrier();
  if (comm_.is_root()) fs::remove_all(before.out);
  comm_.barrier();

  Config other = job;
  other.optimizer.lr = 5e-4;
  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(other); }, "optimizer.lr is 5e-04, was 0.001");
  EXPECT_EQ(run(job), ExitCode::Done);

  EXPECT_EQ(weights(job.out), weights(whole.out));
}

TEST_F(TrainingRun, BegunFromItsOwnCheckpointWithAnotherConfigTheSameCommandGoesOnToo) {
  Config job = config("run");
  job.train.max_steps = 2;
  ASSERT_EQ(run(job), ExitCode::Done);
  job.train.max_steps = 0;
  job.optimizer.lr = 5e-4;
  for (const char* named : {"checkpoints/step-00000002", "."}) {
    SCOPED_TRACE(named);
    job.resume = parse_resume((job.out / named).string());
    set_stop_requested(comm_.is_root());
    ASSERT_EQ(run(job), ExitCode::Interrupted);
    ASSERT_EQ(run(job), ExitCode::Interrupted);
    set_stop_requested(false);
    job.optimizer.lr = 2e-4;
  }

  EXPECT_EQ(read_state(job.out / "latest").step, 6U);
}

TEST_F(TrainingRun, ACheckpointOfAnotherModelIsRefused) {
  Config job = config("run");
  job.train.max_steps = 1;
  ASSERT_EQ(run(job), ExitCode::Done);
  Config other = config("other");
  other.model.encoder.ffn_dim = 48;
  other.resume = parse_resume((job.out / "latest").string());

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(other); }, "another model", "model.encoder.ffn_dim");
}

TEST_F(TrainingRun, NeverResumingRefusesADirectoryWithCheckpoints) {
  Config job = config("run");
  job.train.max_steps = 1;
  ASSERT_EQ(run(job), ExitCode::Done);
  job.resume = parse_resume("never");

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(job); }, "already has checkpoints");
}

TEST_F(TrainingRun, ACorruptCheckpointIsNamed) {
  Config job = config("run");
  job.train.max_steps = 1;
  job.selection.every_epochs = 1;
  ASSERT_EQ(run(job), ExitCode::Done);
  comm_.barrier();
  if (comm_.is_root()) {
    fs::resize_file(job.out / "latest" / "optimizer.safetensors", 100);
  }
  comm_.barrier();
  Config longer = config("run");
  longer.resume = parse_resume((job.out / "latest").string());

  test::expect_error(
      ErrorKind::BadData, [&] { (void)run(longer); }, "optimizer.safetensors");
}

TEST_F(TrainingRun, AnIdThatTheCorpusLacksIsAnErrorBeforeAnythingIsWritten) {
  const Config job = config("run");
  if (comm_.is_root()) {
    write_file_atomically(corpus_.lists / "train.txt", "p001 p001_999 - REAL REAL REAL bonafide\n");
  }
  comm_.barrier();

  test::expect_error(
      ErrorKind::BadData, [&] { (void)run(job); }, "p001_999");

  EXPECT_FALSE(fs::exists(job.out));
}

TEST_F(TrainingRun, MoreRanksThanUtterancesInABatchIsAnError) {
  Config job = config("run");
  job.train.batch_size = 2 * comm_.size() - 1;
  job.train.micro_batches = 2;

  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(job); }, "train.batch_size");
}

/// Two steps, then the rest in another process's place. @returns the weights at the end
std::string resumed_weights(const Config& job, comm::Communicator& comm) {
  Config beginning = job;
  beginning.train.max_steps = 2;
  EXPECT_EQ(train::run(beginning, comm), ExitCode::Done);
  Config rest = job;
  rest.resume = parse_resume((job.out / "checkpoints" / "step-00000002").string());
  EXPECT_EQ(train::run(rest, comm), ExitCode::Done);
  return read_file(job.out / "latest" / "weights.safetensors");
}

/// The same job with the smallest SAST Net, trained as the published one is.
Config sast_net(Config job) {
  job.model = model::preset_config(model::Architecture::SastNet, model::Preset::Small);
  job.train.epochs = 1;
  job.optimizer.kind = OptimizerKind::AdamW;
  job.optimizer.loss_lr = 1e-2;
  job.loss.task_weighting = TaskWeighting::Uncertainty;
  return job;
}

TEST_F(TrainingRun, ANetworkThatReconstructsGoesOnWithTheSameMasksAndUncertainty) {
  const Config whole = sast_net(config("whole"));
  Config parts = whole;
  parts.out = path_ / "parts";
  ASSERT_EQ(run(whole), ExitCode::Done);

  EXPECT_EQ(resumed_weights(parts, comm_), weights(whole.out));

  EXPECT_EQ(read_file(parts.out / "latest" / "optimizer.safetensors"),
            read_file(whole.out / "latest" / "optimizer.safetensors"));
  const std::string curves = read_file(whole.out / "metrics.jsonl");
  EXPECT_THAT(curves, testing::HasSubstr("\"loss_reconstruction\":"));
  EXPECT_THAT(curves, testing::HasSubstr("\"weight_reconstruction\":"));
}

TEST_F(TrainingRun, TheEncodersRateIsForTheEncoderOfAnyNetwork) {
  Config job = sast_net(config("frozen"));
  job.optimizer.encoder_lr_factor = 0;
  job.train.max_steps = 1;
  Config faster = job;
  faster.out = path_ / "faster";
  faster.optimizer.lr *= 2;

  ASSERT_EQ(run(job), ExitCode::Done);
  ASSERT_EQ(run(faster), ExitCode::Done);

  const auto tensors = [](const Config& of) {
    return model::read_safetensors(of.out / "latest" / "weights.safetensors").tensors;
  };
  const auto slow = tensors(job);
  const auto fast = tensors(faster);
  ASSERT_EQ(slow.size(), fast.size());
  for (std::size_t i = 0; i < slow.size(); ++i) {
    const std::string& name = slow[i].name;
    const bool of_encoder = name.starts_with("SSL_model.");
    if (!of_encoder && name != "SSL_proj.weight") continue;
    EXPECT_EQ(slow[i].tensor.equal(fast[i].tensor), of_encoder) << name;
  }
}

TEST_F(TrainingRun, AsTheReferenceResumesWithTheWeightsAlone) {
  const auto begun_anew = [&](bool reference) {
    Config whole = config(reference ? "reference" : "ours");
    whole.compat.reference = reference;
    whole.data.test_lists = {"dev.txt"};
    whole.loss.task_weighting = TaskWeighting::Learnable;
    Config parts = whole;
    parts.out += "_in_parts";
    EXPECT_EQ(run(whole), ExitCode::Done);
    return resumed_weights(parts, comm_) != weights(whole.out);
  };

  EXPECT_FALSE(begun_anew(false));
  EXPECT_TRUE(begun_anew(true));
}

TEST_F(TrainingRun, AsTheReferenceResumesAtTheBeginningOfTheRatesCourse) {
  for (const bool reference : {false, true}) {
    Config job = config(reference ? "reference" : "ours");
    job.compat.reference = reference;
    job.data.test_lists = {"dev.txt"};
    job.schedule.kind = ScheduleKind::Cosine;
    job.schedule.falls_after = FallsAfter::Epoch;
    Config first_epoch = job;
    first_epoch.train.max_steps = 4;
    ASSERT_EQ(run(first_epoch), ExitCode::Done);
    job.resume = parse_resume((job.out / "checkpoints" / "step-00000004").string());

    ASSERT_EQ(run(job), ExitCode::Done);  // the second of two

    const std::string curves = read_file(job.out / "metrics.jsonl");
    EXPECT_EQ(curves.find("\"lr\":0.0005") == std::string::npos, reference) << curves;
  }
}

TEST_F(TrainingRun, AsTheReferenceReportsOnTheTestListsToo) {
  for (const bool reference : {false, true}) {
    Config job = config(reference ? "reference" : "ours");
    job.compat.reference = reference;
    job.data.test_lists = {"dev.txt"};

    ASSERT_EQ(run(job), ExitCode::Done);

    const bool reported =
        read_file(job.out / "metrics.jsonl").find("\"kind\":\"test\"") != std::string::npos;
    EXPECT_EQ(reported, reference);
  }
}

TEST_F(TrainingRun, TestListsArentLookedAtWithoutBeingAsked) {
  Config job = config("run");
  job.train.max_steps = 1;
  job.data.test_lists = {"nowhere.txt"};

  EXPECT_EQ(run(job), ExitCode::Done);
}

TEST_F(TrainingRun, WeightsThatAreNotFiniteDoNotReplaceACheckpoint) {
  Config job = config("run");
  job.checkpoint.every_steps = 1;
  job.train.max_steps = 1;
  ASSERT_EQ(run(job), ExitCode::Done);
  Config diverging = config("diverged");
  diverging.checkpoint.every_steps = 1;
  diverging.optimizer.lr = 1e39;  // beyond float32
  diverging.resume = parse_resume((job.out / "latest").string());

  test::expect_error(
      ErrorKind::BadData, [&] { (void)run(diverging); }, "step 2", "aren't finite");

  EXPECT_FALSE(RunDirectory(diverging.out).newest_checkpoint().has_value());
}

TEST_F(TrainingRun, StepsThatAreLeftOutAreCountedAndNotEndless) {
  Config job = config("run");
  job.train.on_bad_loss = OnBadLoss::Skip;
  job.train.most_skipped_steps = 2;
  job.optimizer.lr = 1e39;  // beyond float32: after the first step nothing is finite

  test::expect_error(
      ErrorKind::BadData, [&] { (void)run(job); }, "step 4: the loss is not finite",
      "rank " + std::to_string(comm_.size() - 1) + ": p001_",
      "2 steps were left out for that before, train.most_skipped_steps");
}

TEST_F(TrainingRun, ACorruptUtteranceIsReplacedAndCountedByAllRanks) {
  Config job = config("run");
  job.data.on_bad_audio = OnBadAudio::Replace;
  const fs::path shard = corpus_.corpus / "shard-00000.h5";
  if (comm_.is_root()) test::flip_byte(shard, fs::file_size(shard) / 2);
  comm_.barrier();

  ASSERT_EQ(run(job), ExitCode::Done);

  EXPECT_EQ(read_state(job.out / "latest").step, 8U);
  EXPECT_THAT(read_file(job.out / "metrics.jsonl"),
              testing::HasSubstr("\"corrupt_utterances\":1.0"));
}

TEST_F(TrainingRun, LearnsTheTinyCorpus) {
  Config job = config("run");
  job.train.epochs = 12;
  job.optimizer.lr = 5e-3;
  job.selection.every_epochs = 4;
  job.model = test::without_dropout(job.model);
  job.selection.metric = SelectionMetric::Loss;

  ASSERT_EQ(run(job), ExitCode::Done);

  // Four equally weighted tasks at chance give about 1.
  EXPECT_LT(read_state(job.out / "latest").best->value, 0.7);
}

}  // namespace
}  // namespace codectrace::train
