#include "train/loader.h"

#include <gtest/gtest.h>

#include <set>

#include "model/fit_to_length.h"
#include "model/kept/kept_features.h"
#include "shard/corpus.h"
#include "tests/support/expect_error.h"
#include "tests/support/featured_corpus.h"
#include "tests/support/frozen_network.h"
#include "tests/support/small_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_corpus.h"
#include "train/augment/rawboost.h"
#include "train/mask_seed.h"

namespace codectrace::train {
namespace {

/// The tiny corpus as a set of one task whose class is the utterance's index.
class LoaderTest : public testing::Test {
 protected:
  LoaderTest()
      : corpus_(shard::Corpus::open(test::write_tiny_corpus_with_lists(folder_.path(), 12).corpus)),
        reader_(corpus_, {}) {
    for (std::uint64_t i = 0; i < corpus_.size(); ++i) {
      set_.utterances.push_back(i);
      set_.labels.push_back(protocol::Label::Spoof);
      set_.targets.push_back({static_cast<std::int64_t>(i)});
    }
    sampling_.entries = corpus_.size();
    sampling_.batch_size = 5;
    options_.samples = 1000;
    options_.crop = Crop::Random;
  }

  std::vector<Batch> batches(std::uint64_t rank, std::uint64_t ranks, std::uint64_t first = 0,
                             std::uint64_t end = 8) {
    Loader loader(set_, reader_, sampling_, options_, rank, ranks, first, end);
    std::vector<Batch> result;
    for (std::uint64_t i = 0; i < (end - first) * sampling_.micro_batches; ++i) {
      result.push_back(loader.next());
    }
    return result;
  }

  test::TemporaryFolder folder_;
  shard::Corpus corpus_;
  shard::UtteranceReader reader_;
  LabelledSet set_;
  Sampling sampling_;
  LoaderOptions options_;
};

void expect_equal(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(torch::equal(a[i].waveform, b[i].waveform)) << i;
    EXPECT_TRUE(torch::equal(a[i].targets, b[i].targets)) << i;
    EXPECT_EQ(a[i].utterances, b[i].utterances);
    EXPECT_EQ(a[i].mask_seeds, b[i].mask_seeds);
  }
}

TEST_F(LoaderTest, GivesTheSameBatchesWithAnyNumberOfThreads) {
  sampling_.micro_batches = 2;
  const auto expected = batches(0, 1);

  options_.threads = 3;

  expect_equal(batches(0, 1), expected);
}

TEST_F(LoaderTest, RanksTogetherHaveWhatOneHasAlone) {
  options_.rawboost = 5;
  const auto alone = batches(0, 1);
  const auto first = batches(0, 2);
  const auto second = batches(1, 2);

  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_TRUE(
        torch::equal(torch::cat({first[i].waveform, second[i].waveform}), alone[i].waveform));
    EXPECT_TRUE(torch::equal(torch::cat({first[i].targets, second[i].targets}), alone[i].targets));
    auto seeds = first[i].mask_seeds;
    seeds.insert(seeds.end(), second[i].mask_seeds.begin(), second[i].mask_seeds.end());
    EXPECT_EQ(seeds, alone[i].mask_seeds);
  }
}

TEST_F(LoaderTest, BegunInTheMiddleItGoesOnWithTheSameBatches) {
  options_.threads = 2;
  auto expected = batches(0, 1, 0, 7);
  expected.erase(expected.begin(), expected.begin() + 3);

  expect_equal(batches(0, 1, 3, 7), expected);
}

TEST_F(LoaderTest, LabelsBelongToTheirWaveforms) {
  options_.crop = Crop::Start;
  for (const Batch& batch : batches(0, 1)) {
    for (std::size_t row = 0; row < batch.utterances.size(); ++row) {
      std::vector<float> samples;
      ASSERT_TRUE(reader_.read(batch.utterances[row], samples));
      const auto at = static_cast<std::int64_t>(row);
      EXPECT_EQ(batch.waveform[at][7].item<float>(), samples[7]);
      EXPECT_EQ(batch.targets[at][0].item<std::int64_t>(),
                static_cast<std::int64_t>(batch.utterances[row]));
    }
  }
}

TEST_F(LoaderTest, MasksAreDrawnForSeedEpochAndUtteranceAlone) {
  sampling_.seed = 77;
  sampling_.last_batch = LastBatch::Pad;  // what pads is masked too
  const std::uint64_t steps = steps_per_epoch(sampling_);
  std::set<std::uint64_t> different;
  for (std::uint64_t epoch = 0; epoch < 2; ++epoch) {
    for (const Batch& batch : batches(0, 1, epoch * steps, (epoch + 1) * steps)) {
      ASSERT_EQ(batch.mask_seeds.size(), 5U);
      for (std::size_t row = 0; row < batch.utterances.size(); ++row) {
        EXPECT_EQ(batch.mask_seeds[row], mask_seed(77, epoch, batch.utterances[row]));
        different.insert(batch.mask_seeds[row]);
      }
    }
  }
  EXPECT_EQ(different.size(), 2 * corpus_.size());
}

TEST_F(LoaderTest, AugmentationIsDrawnForSeedEpochAndUtteranceAlone) {
  sampling_.seed = 77;
  options_.rawboost = 5;
  options_.crop = Crop::Start;
  const std::uint64_t steps = steps_per_epoch(sampling_);
  for (std::uint64_t epoch = 0; epoch < 2; ++epoch) {
    for (const Batch& batch : batches(0, 1, epoch * steps, (epoch + 1) * steps)) {
      for (std::size_t row = 0; row < batch.utterances.size(); ++row) {
        std::vector<float> samples;
        ASSERT_TRUE(reader_.read(batch.utterances[row], samples));
        CounterDraws draws(CounterRandom(77, "rawboost", epoch, batch.utterances[row]));
        const auto augmented = rawboost(samples, 5, draws);
        std::vector<float> expected(1000);
        model::fit_to_length(augmented, 0, expected);

        const auto found = batch.waveform[static_cast<std::int64_t>(row)];

        EXPECT_TRUE(torch::equal(found, torch::tensor(expected)));
      }
    }
  }
}

TEST_F(LoaderTest, WhatPadsTheLastBatchHasNoLabel) {
  sampling_.batch_size = 7;  // 24 utterances: four batches, the last with 4 that pad
  sampling_.last_batch = LastBatch::Pad;

  const auto epoch = batches(0, 1, 0, 4);

  EXPECT_EQ(epoch[3].targets.eq(-1).sum().item<std::int64_t>(), 4);
}

TEST_F(LoaderTest, AReadersErrorReachesTheConsumer) {
  std::filesystem::resize_file(folder_ / "corpus/shard-00000.h5", 3000);

  test::expect_error(
      ErrorKind::BadData, [&] { (void)batches(0, 1); }, "shard-00000.h5");
}

TEST_F(LoaderTest, GivesTheFeaturesThatTheCorpusKeepsOfTheUtterancesOfABatch) {
  test::FrozenNetwork network(1000, test::four_heads());
  const test::TemporaryFolder folder;
  const auto corpus =
      test::with_features(test::write_tiny_corpus_with_lists(folder.path(), 12).corpus, network);
  const shard::UtteranceReader reader(corpus, {});
  options_.crop = Crop::Start;
  options_.features = model::feature_spec(network);
  Loader loader(set_, reader, sampling_, options_, 0, 1, 0, 4);

  for (int i = 0; i < 4; ++i) {
    const Batch batch = loader.next();

    const auto expected = network.compute(batch.waveform);
    const auto error = (batch.features.to(torch::kFloat32) - expected).abs().max().item<float>();
    EXPECT_LE(error, expected.abs().max().item<float>() * 1e-3);  // float16: 2^-11
  }
}

TEST_F(LoaderTest, StopsItsThreadsWhenItIsDropped) {
  options_.threads = 2;
  Loader loader(set_, reader_, sampling_, options_, 0, 1, 0, 1000000);

  EXPECT_EQ(loader.next().waveform.size(0), 5);
}

}  // namespace
}  // namespace codectrace::train
