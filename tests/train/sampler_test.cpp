#include "train/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace codectrace::train {
namespace {

/// All that an epoch draws, rank by rank in the order of the global batches.
std::vector<Draw> epoch_order(const Sampling& sampling, std::uint64_t epoch, std::uint64_t ranks) {
  std::vector<Draw> order;
  const std::uint64_t steps = steps_per_epoch(sampling);
  for (std::uint64_t step = epoch * steps; step < (epoch + 1) * steps; ++step) {
    for (std::uint64_t micro = 0; micro < sampling.micro_batches; ++micro) {
      for (std::uint64_t rank = 0; rank < ranks; ++rank) {
        const auto share = draw_share(sampling, step, {micro, rank, ranks});
        order.insert(order.end(), share.begin(), share.end());
      }
    }
  }
  return order;
}

std::set<std::uint64_t> entries_of(const std::vector<Draw>& draws) {
  std::set<std::uint64_t> entries;
  for (const Draw& draw : draws) entries.insert(draw.entry);
  return entries;
}

Sampling sampling_of(std::uint64_t entries, std::uint64_t batch_size) {
  Sampling sampling;
  sampling.entries = entries;
  sampling.batch_size = batch_size;
  sampling.seed = 5;
  return sampling;
}

TEST(Sampler, ShufflingIsAPermutationOfAnyLength) {
  for (std::uint64_t n = 1; n < 300; ++n) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < n; ++i) seen.insert(shuffled(i, n, 1234, 7));
    EXPECT_EQ(seen.size(), n);
    EXPECT_EQ(*seen.rbegin(), n - 1);
  }
}

TEST(Sampler, EveryEntryIsEquallyLikelyAtAPlace) {
  constexpr std::uint64_t kEntries = 10;
  constexpr int kEpochs = 4000;
  std::array<int, kEntries> counts{};

  for (std::uint64_t epoch = 0; epoch < kEpochs; ++epoch) ++counts[shuffled(3, kEntries, 1, epoch)];

  double chi_square = 0;
  constexpr double kExpected = static_cast<double>(kEpochs) / kEntries;
  for (const int count : counts) chi_square += std::pow(count - kExpected, 2) / kExpected;
  EXPECT_LT(chi_square, 27.9);  // 0.1 % point of 9 degrees of freedom
}

TEST(Sampler, AnEpochTakesEachUtteranceAtMostOnceAndDropsLessThanABatch) {
  const auto order = epoch_order(sampling_of(103, 8), 2, 1);

  EXPECT_EQ(order.size(), 96U);
  EXPECT_EQ(entries_of(order).size(), 96U);
}

TEST(Sampler, PaddingTakesEveryUtteranceAndMarksWhatDoesNotCount) {
  Sampling sampling = sampling_of(103, 8);
  sampling.last_batch = LastBatch::Pad;

  const auto order = epoch_order(sampling, 0, 3);

  EXPECT_EQ(order.size(), 104U);
  EXPECT_EQ(entries_of(order).size(), 103U);
  EXPECT_EQ(std::ranges::count_if(order, [](const Draw& draw) { return !draw.counts; }), 1);
}

TEST(Sampler, TheOrderDoesNotDependOnTheNumberOfRanks) {
  Sampling sampling = sampling_of(200, 13);
  sampling.micro_batches = 3;
  const auto alone = epoch_order(sampling, 1, 1);

  for (const std::uint64_t ranks : {2U, 3U, 4U}) {
    EXPECT_EQ(epoch_order(sampling, 1, ranks), alone) << ranks << " ranks";
  }
}

TEST(Sampler, SharesDifferInSizeByAtMostOne) {
  const Sampling sampling = sampling_of(200, 14);
  for (std::uint64_t rank = 0; rank < 4; ++rank) {
    const std::size_t size = draw_share(sampling, 0, {0, rank, 4}).size();
    EXPECT_TRUE(size == 3 || size == 4) << size;
  }
}

TEST(Sampler, EpochsAndSeedsDiffer) {
  const Sampling sampling = sampling_of(500, 50);
  Sampling other_seed = sampling;
  other_seed.seed = 6;

  EXPECT_NE(epoch_order(sampling, 0, 1), epoch_order(sampling, 1, 1));
  EXPECT_NE(epoch_order(sampling, 0, 1), epoch_order(other_seed, 0, 1));
}

/// 60 entries of three classes: 50, 8 and 2.
Sampling unbalanced() {
  auto sampling = sampling_of(60, 5);
  sampling.classes.resize(3);
  for (std::uint64_t entry = 0; entry < 60; ++entry)
    sampling.classes[entry < 50 ? 0 : entry < 58 ? 1 : 2].push_back(entry);
  return sampling;
}

TEST(Sampler, ClassesTakeTurnsHoweverRare) {
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
    std::array<int, 3> counts{};
    for (const Draw& draw : epoch_order(unbalanced(), epoch, 2))
      ++counts[draw.entry < 50 ? 0 : draw.entry < 58 ? 1 : 2];
    EXPECT_EQ(counts, (std::array<int, 3>{20, 20, 20}));
  }
}

/// Five epochs draw 100 of the class of 50: each entry twice.
TEST(Sampler, ABalancedClassGoesThroughAllItsEntriesBeforeOneComesAgain) {
  std::map<std::uint64_t, int> counts;
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
    for (const Draw& draw : epoch_order(unbalanced(), epoch, 1)) ++counts[draw.entry];
  }
  ASSERT_EQ(counts.size(), 60U);
  for (const auto& [entry, count] : counts) {
    if (entry >= 50 && entry < 58) continue;  // 12 or 13 times
    EXPECT_EQ(count, entry < 50 ? 2 : 50) << entry;
  }
}

TEST(Sampler, ABalancedOrderDoesNotDependOnRanks) {
  EXPECT_EQ(epoch_order(unbalanced(), 1, 1), epoch_order(unbalanced(), 1, 4));
  EXPECT_NE(epoch_order(unbalanced(), 1, 1), epoch_order(unbalanced(), 2, 1));
}

}  // namespace
}  // namespace codectrace::train
