#include "train/config.h"

#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::train {
namespace {

Config complete() {
  Config config;
  config.data.corpus = "corpus";
  config.out = "run";
  return config;
}

TEST(TrainConfig, DefaultsAreTheReferences) {
  const Config config;

  EXPECT_EQ(config.optimizer.lr, 1e-6);
  EXPECT_EQ(config.optimizer.weight_decay, 1e-4);
  EXPECT_EQ(config.optimizer.kind, OptimizerKind::Adam);
  EXPECT_EQ(config.train.batch_size, 8);
  EXPECT_EQ(config.train.epochs, 20);
  EXPECT_EQ(config.train.seed, 1234U);
  EXPECT_EQ(config.model.input_samples, 64600);
  EXPECT_EQ(config.augment.rawboost, 5);
  EXPECT_EQ(config.data.crop, Crop::Start);
  EXPECT_EQ(config.train.last_batch, LastBatch::Drop);
  EXPECT_EQ(config.train.clip_norm, 0);
  EXPECT_EQ(config.schedule.kind, ScheduleKind::Constant);
  EXPECT_EQ(config.loss.task_weighting, TaskWeighting::Fixed);
  EXPECT_FALSE(config.compat.reference);
}

TEST(TrainConfig, TheResolvedConfigReadsBackToTheSame) {
  Config config = complete();
  config.optimizer.lr = 3.5e-5;
  config.loss.class_weights = {"BIN 0.5 0.5"};
  config.train.precision = model::Precision::Bf16;

  const std::string text = config::dump(config);
  const auto read = config::read<Config>(config::Document::from_text(text, "resolved.toml"));

  EXPECT_EQ(config::dump(read), text);
}

TEST(TrainConfig, EveryFileInConfigsTrainReads) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CT_SOURCE_DIR "/configs/train")) {
    const auto config = config::read<Config>(config::Document::from_file(entry.path()));
    EXPECT_NO_THROW(model::check(config.model)) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 2);
}

TEST(TrainConfig, NamesFileLineAndKeyOfAnImpossibleValue) {
  const auto document =
      config::Document::from_text("[train]\nbatch_size = 8\nclip_norm = -1.0\n", "m1.toml");

  test::expect_error(
      ErrorKind::Usage, [&] { (void)config::read<Config>(document); }, "m1.toml:3",
      "train.clip_norm");
}

TEST(TrainConfig, ABatchMustHoldAnUtteranceForEachRankAndMicroBatch) {
  Config config = complete();
  config.train.batch_size = 7;
  config.train.micro_batches = 2;

  EXPECT_NO_THROW(check(config, 3));
  test::expect_error(
      ErrorKind::Usage, [&] { check(config, 4); }, "train.batch_size", "4 ranks");
}

TEST(TrainConfig, ACorpusIsNeeded) {
  Config config = complete();
  config.data.corpus.clear();

  test::expect_error(
      ErrorKind::Usage, [&] { check(config, 1); }, "data.corpus", "preprocess");
}

TEST(TrainConfig, WhatOnlyConcernsSpeedAndLogsIsNotDecisive) {
  Config other = complete();
  other.train.threads = 3;
  other.train.loader_threads = 4;
  other.log.every_steps = 7;
  other.checkpoint.every_minutes = 5;
  other.data.corpus = "elsewhere";
  other.data.lists = "moved";
  other.data.taxonomy = "moved.toml";

  EXPECT_EQ(decisive_keys(other), decisive_keys(complete()));
}

TEST(TrainConfig, WhichDevListsLieInAnotherCorpusIsDecisiveAndNotWhereThatLies) {
  Config one = complete();
  one.data.dev_lists = {"cors.txt", "cosg.txt"};
  Config two = one;
  two.data.dev_corpora = {"", "corpora/cosg"};
  two.data.dev_layouts = {"cors", "cosg"};
  Config moved = two;
  moved.data.dev_corpora = {"corpus", "moved/away"};
  Config other_layout = two;
  other_layout.data.dev_layouts = {"cors", "list"};
  Config said_again = one;
  said_again.data.dev_corpora = {"corpus"};
  said_again.data.dev_layouts = {"cors"};

  EXPECT_NE(decisive_keys(two), decisive_keys(one));
  EXPECT_EQ(decisive_keys(moved), decisive_keys(two));
  EXPECT_NE(decisive_keys(other_layout), decisive_keys(two));
  EXPECT_EQ(decisive_keys(said_again), decisive_keys(one));
}

DataConfig data_of(const std::string& text) {
  return config::read<Config>(config::Document::from_text(text, "job.toml")).data;
}

TEST(TrainConfig, SamplingNamesThePublishedLists) {
  using testing::ElementsAre;
  const auto by_aux = data_of("[data]\nsampling = \"AUX\"\n");
  const auto by_vq = data_of("[data]\nsampling = \"VQ\"\n");
  const auto by_dec = data_of("[data]\nsampling = \"DEC\"\n");

  EXPECT_THAT(data_of("").train_lists, ElementsAre("train_mult_learn.txt"));
  EXPECT_THAT(by_aux.train_lists, ElementsAre("train_mult_learn.txt"));
  EXPECT_THAT(by_aux.test_lists, ElementsAre("test_mult_learn.txt"));
  EXPECT_THAT(by_vq.train_lists, ElementsAre("train_mult_learn_bal_vq.txt"));
  EXPECT_THAT(by_vq.dev_lists, ElementsAre("dev_mult_learn_bal_vq.txt"));
  EXPECT_THAT(by_dec.dev_lists, ElementsAre("dev_mult_learn_bal_dec.txt"));
  EXPECT_THAT(by_dec.test_lists, ElementsAre("test_mult_learn_bal_dec.txt"));
}

TEST(TrainConfig, ListsThatAreNamedWinOverSampling) {
  const auto data = data_of("[data]\nsampling = \"VQ\"\ntrain_lists = [\"mine.txt\"]\n");

  EXPECT_THAT(data.train_lists, testing::ElementsAre("mine.txt"));
  EXPECT_THAT(data.dev_lists, testing::ElementsAre("dev_mult_learn_bal_vq.txt"));
}

TEST(TrainConfig, TestListsAreDecisiveOnlyWhereTheyAreRead) {
  Config named = complete();
  named.data.test_lists = {"other.txt"};
  Config reference = complete();
  reference.compat.reference = true;
  Config named_reference = named;
  named_reference.compat.reference = true;

  EXPECT_EQ(decisive_keys(named), decisive_keys(complete()));
  EXPECT_NE(decisive_keys(named_reference), decisive_keys(reference));
}

TEST(TrainConfig, TheListBalancedByAuxGoesByTheNameOfTheOthersToo) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "train_mult_learn.txt", "");
  DataConfig data;
  data.lists = folder.path().string();

  EXPECT_THAT(list_paths(data, {"train_mult_learn_bal_aux.txt"}),
              testing::ElementsAre(folder / "train_mult_learn.txt"));
}

TEST(TrainConfig, ListsAreRelativeToTheirFolder) {
  DataConfig data;
  data.lists = "protocols";

  EXPECT_THAT(list_paths(data, {"a.txt", "/abs/b.txt"}),
              testing::ElementsAre("protocols/a.txt", "/abs/b.txt"));
}

}  // namespace
}  // namespace codectrace::train
