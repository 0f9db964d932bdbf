// What a run can do beside its steps: early ends, averages, frozen beginnings, other starts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/stop_signal.h"
#include "model/weights/safetensors.h"
#include "tests/support/expect_error.h"
#include "tests/support/training_test.h"
#include "train/checkpoint.h"
#include "train/run.h"
#include "train/run_directory.h"

namespace codectrace::train {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, torch::Tensor>;

class TrainingFeatures : public test::TrainingTest {
 protected:
  static Tensors tensors(const fs::path& checkpoint, const std::string& file) {
    Tensors found;
    for (const auto& [name, tensor] : model::read_safetensors(checkpoint / file).tensors)
      found.emplace(name, tensor);
    return found;
  }
  static Tensors weights(const fs::path& checkpoint) {
    return tensors(checkpoint, "weights.safetensors");
  }
  /// Lines of metrics.jsonl of one kind.
  static std::vector<nlohmann::json> lines(const Config& job, const std::string& kind) {
    std::vector<nlohmann::json> found;
    std::istringstream text(read_file(job.out / "metrics.jsonl"));
    for (std::string line; std::getline(text, line);) {
      auto json = nlohmann::json::parse(line);
      if (json.at("kind") == kind) found.push_back(std::move(json));
    }
    return found;
  }
};

/// With a rate of next to nothing only batch norm's statistics change the scorings, and soon not.
TEST_F(TrainingFeatures, PatienceEndsARunThatNoLongerImproves) {
  Config job = config("run");
  job.train.epochs = 200;
  job.optimizer.lr = 1e-30;
  job.selection.metric = SelectionMetric::Accuracy;
  job.selection.patience = 2;

  ASSERT_EQ(run(job), ExitCode::Done);

  const auto state = read_state(job.out / "latest");
  EXPECT_TRUE(state.finished);
  EXPECT_LT(state.step, 800U);
  EXPECT_EQ(state.step, state.best->step + 8);  // two scorings more, of four steps each
  EXPECT_EQ(state.scorings_since_best, 2U);
  const auto scorings = lines(job, "dev");
  const auto not_better = [&](const auto& line) {
    return line.at("accuracy") <= state.best->value;
  };
  EXPECT_TRUE(std::ranges::all_of(scorings, not_better));

  const auto written = fs::last_write_time(job.out / "latest" / "state.json");
  EXPECT_EQ(run(job), ExitCode::Done);
  EXPECT_EQ(fs::last_write_time(job.out / "latest" / "state.json"), written);

  job.selection.patience = 1000;
  job.train.max_steps = static_cast<std::int64_t>(state.step) + 4;
  job.resume = parse_resume(RunDirectory(job.out).checkpoint(state.step).string());
  EXPECT_EQ(run(job), ExitCode::Done);
  EXPECT_EQ(read_state(job.out / "latest").step, state.step + 4);
}

TEST_F(TrainingFeatures, F1SelectsAsTheCurvesSay) {
  Config job = config("run");
  job.train.epochs = 4;
  job.optimizer.lr = 5e-3;
  job.selection.metric = SelectionMetric::F1;

  ASSERT_EQ(run(job), ExitCode::Done);

  double best = -1;
  std::uint64_t step = 0;
  for (const auto& line : lines(job, "dev")) {
    if (line.at("f1") <= best) continue;
    best = line.at("f1");
    step = line.at("step");
  }
  EXPECT_EQ(read_state(job.out / "latest").best->step, step);
  EXPECT_DOUBLE_EQ(read_state(job.out / "latest").best->value, best);
}

TEST_F(TrainingFeatures, WatchedListsAreReportedUnderTheirNames) {
  Config job = config("run");
  job.train.epochs = 1;
  job.data.watched_lists = {"dev.txt", "train.txt"};

  ASSERT_EQ(run(job), ExitCode::Done);

  ASSERT_EQ(lines(job, "dev").size(), 1U);
  ASSERT_EQ(lines(job, "dev.txt").size(), 1U);
  ASSERT_EQ(lines(job, "train.txt").size(), 1U);
  EXPECT_EQ(lines(job, "dev.txt")[0].at("loss"), lines(job, "dev")[0].at("loss"));
  EXPECT_NE(lines(job, "train.txt")[0].at("loss"), lines(job, "dev")[0].at("loss"));
}

/// The checkpoint holds the average by its formula from every step's weights, and goes on from the
/// weights themselves.
TEST_F(TrainingFeatures, AnAverageIsWhatACheckpointHolds) {
  Config plain = config("plain");
  plain.checkpoint.every_steps = 1;
  plain.checkpoint.keep_last = 100;
  ASSERT_EQ(run(plain), ExitCode::Done);
  Config averaged = config("averaged");
  averaged.train.average_decay = 0.5;
  averaged.checkpoint.every_steps = 1;
  averaged.checkpoint.keep_last = 100;
  ASSERT_EQ(run(averaged), ExitCode::Done);

  const std::string name = "LL.weight";
  const auto at = [&](const Config& job, std::uint64_t step) {
    return RunDirectory(job.out).checkpoint(step);
  };
  // Of steps 1 and 2: the first average is told by the beginning, so it is taken as given.
  auto wanted = weights(at(averaged, 1)).at(name).to(torch::kFloat64);
  for (std::uint64_t step = 2; step <= 8; ++step) {
    const double decay =
        std::min(0.5, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
    wanted = decay * wanted + (1 - decay) * weights(at(plain, step)).at(name);
    EXPECT_TRUE(
        weights(at(averaged, step)).at(name).to(torch::kFloat64).allclose(wanted, 1e-5, 1e-7));
    EXPECT_TRUE(tensors(at(averaged, step), "optimizer.safetensors")
                    .at("trained." + name)
                    .equal(weights(at(plain, step)).at(name)));
  }
}

TEST_F(TrainingFeatures, AnAverageGoesOnAsIfUninterrupted) {
  Config whole = config("whole");
  whole.train.average_decay = 0.9;
  ASSERT_EQ(run(whole), ExitCode::Done);
  Config parts = whole;
  parts.out = path_ / "parts";
  parts.checkpoint.every_steps = 3;
  int interruptions = 0;
  set_stop_requested(comm_.is_root());
  while (run(parts) == ExitCode::Interrupted && interruptions < 20) {
    ++interruptions;
    set_stop_requested(comm_.is_root() && interruptions < 3);
  }

  EXPECT_EQ(interruptions, 3);
  for (const auto* file : {"weights.safetensors", "optimizer.safetensors"})
    EXPECT_EQ(read_file(parts.out / "latest" / file), read_file(whole.out / "latest" / file));

  Config without = config("without");
  without.resume = parse_resume((whole.out / "latest").string());
  without.train.epochs = 3;
  EXPECT_EQ(run(without), ExitCode::Done);  // from the average
  Config turned_on = config("turned_on");
  turned_on.train.average_decay = 0.9;
  turned_on.resume = parse_resume((without.out / "latest").string());
  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(turned_on); }, "without train.average_decay");
}

TEST_F(TrainingFeatures, TheEncoderIsFrozenForTheFirstEpochsAlone) {
  Config job = config("run");
  job.optimizer.encoder_frozen_epochs = 1;
  job.optimizer.weight_decay = 0.1;
  job.checkpoint.every_steps = 1;
  job.checkpoint.keep_last = 100;
  job.train.epochs = 2;

  ASSERT_EQ(run(job), ExitCode::Done);

  const RunDirectory directory(job.out);
  const auto changed = [&](std::uint64_t from, std::uint64_t to) {
    const auto before = weights(directory.checkpoint(from));
    const auto after = weights(directory.checkpoint(to));
    std::set<std::string> names;
    for (const auto& [name, tensor] : before) {
      const bool trained = tensor.is_floating_point() && name.find("running") == std::string::npos;
      if (trained && !tensor.equal(after.at(name))) names.insert(name);
    }
    return names;
  };
  const auto of_encoder = [](const std::string& name) { return name.starts_with("ssl_model."); };
  const auto in_first = changed(1, 4);
  EXPECT_FALSE(std::ranges::any_of(in_first, of_encoder));
  EXPECT_TRUE(in_first.contains("LL.weight"));
  const auto in_second = changed(4, 5);
  EXPECT_TRUE(in_second.contains("ssl_model.model.post_extract_proj.weight"));
}

TEST_F(TrainingFeatures, StartsFromARunWithOtherClasses) {
  Config first = config("first");
  ASSERT_EQ(run(first), ExitCode::Done);
  Config second = config("second");
  second.train.start_from = first.out.string();
  second.train.max_steps = 1;
  second.optimizer.lr = 1e-30;
  second.data.taxonomy = (path_ / "other.toml").string();
  if (comm_.is_root()) {
    auto text = read_file(corpus_.taxonomy);
    const std::string classes = R"(classes = ["REAL", "TIME", "FREQ"])";
    text.replace(text.find(classes), classes.size(),
                 R"(classes = ["REAL", "TIME", "FREQ", "HYBRID"])");
    write_file_atomically(path_ / "other.toml", text);
  }
  comm_.barrier();

  ASSERT_EQ(run(second), ExitCode::Done);

  const auto before = weights(first.out / "best");
  const auto after = weights(second.out / "latest");
  EXPECT_TRUE(after.at("LL.weight").equal(before.at("LL.weight")));
  const std::string output = "multiclass_branch_ds.out_layer.weight";
  EXPECT_EQ(after.at(output).size(0), before.at(output).size(0) + 1);

  second.out = path_ / "third";
  second.train.pretrained_encoder = "somewhere.pt";
  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(second); }, "train.start_from brings all weights");
}

TEST_F(TrainingFeatures, BalancedClassesNeedATaskOfTheModelAndAllItsClasses) {
  Config job = config("run");
  job.data.balance_classes_of = "VQ";
  job.train.max_steps = 3;
  EXPECT_EQ(run(job), ExitCode::Done);

  job.out = path_ / "other";
  job.data.balance_classes_of = "CODEC";
  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(job); }, "CODEC, which this model doesn't answer");

  job.data.balance_classes_of = "AUX";
  if (comm_.is_root()) {
    std::string kept;
    std::istringstream text(read_file(corpus_.lists / "train.txt"));
    for (std::string line; std::getline(text, line);) {
      if (line.find("Param") == std::string::npos) kept += line + "\n";
    }
    write_file_atomically(corpus_.lists / "train.txt", kept);
  }
  comm_.barrier();
  test::expect_error(
      ErrorKind::Usage, [&] { (void)run(job); }, "no utterance of its class Param");
}

}  // namespace
}  // namespace codectrace::train
