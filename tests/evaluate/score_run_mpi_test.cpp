#include "evaluate/score_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/stop_signal.h"
#include "evaluate/score_store.h"
#include "tests/support/shared_folder.h"
#include "tests/support/test_communicator.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;
using test::test_communicator;

/// 103 utterances of a larger corpus, in no order.
const ScoringWork kWork = [] {
  ScoringWork work{.batch_size = 8, .logits_per_utterance = 3};
  for (std::uint64_t i = 0; i < 103; ++i) work.utterances.push_back(7 * i % 103 + 1000);
  return work;
}();

/// Depends on the whole batch, as a real network's rounding may.
float logit(std::uint64_t utterance, std::size_t index, std::uint64_t first, std::uint64_t last) {
  return std::sin(static_cast<float>(31 * utterance + index)) +
         1e-6F * static_cast<float>(first + last);
}

/// Counts how many batches this rank scored.
class CountingScorer {
 public:
  [[nodiscard]] ScoreBatch function() {
    return [this](std::uint64_t first, std::uint64_t last) {
      ++batches_;
      std::vector<float> logits;
      for (auto u = first; u < last; ++u) {
        for (std::size_t k = 0; k < kWork.logits_per_utterance; ++k) {
          logits.push_back(logit(kWork.utterances[u], k, first, last));
        }
      }
      return logits;
    };
  }
  /// Over all ranks. Collective.
  [[nodiscard]] std::int64_t batches() const {
    return test_communicator().reduced<std::int64_t>(batches_, comm::Reduce::Sum);
  }

 private:
  std::int64_t batches_ = 0;
};

std::vector<float> expected_logits() {
  std::vector<float> all;
  for (std::uint64_t u = 0; u < kWork.utterances.size(); ++u) {
    const auto first = u / kWork.batch_size * kWork.batch_size;
    const auto last = std::min<std::uint64_t>(kWork.utterances.size(), first + kWork.batch_size);
    for (std::size_t k = 0; k < kWork.logits_per_utterance; ++k) {
      all.push_back(logit(kWork.utterances[u], k, first, last));
    }
  }
  return all;
}

/// The root has exactly the list's logits, the other ranks nothing.
void expect_all_logits(const std::optional<std::vector<float>>& logits) {
  ASSERT_TRUE(logits.has_value());
  EXPECT_EQ(*logits, test_communicator().is_root() ? expected_logits() : std::vector<float>{});
}

TEST(ScoreRun, MergesTheSameBitsOnAnyNumberOfRanks) {
  const test::SharedFolder folder;
  CountingScorer scorer;

  expect_all_logits(score_run(kWork, folder / "scores", scorer.function(), test_communicator()));

  EXPECT_EQ(scorer.batches(), static_cast<std::int64_t>(kWork.num_batches()));
}

TEST(ScoreRun, GoesOnWhereItWasStopped) {
  const test::SharedFolder folder;
  auto& comm = test_communicator();
  CountingScorer before;
  const auto stop_after_first = [score = before.function()](std::uint64_t first,
                                                            std::uint64_t last) {
    set_stop_requested(true);
    return score(first, last);
  };
  EXPECT_FALSE(score_run(kWork, folder / "scores", stop_after_first, comm).has_value());
  set_stop_requested(false);
  CountingScorer after;

  expect_all_logits(score_run(kWork, folder / "scores", after.function(), comm));

  const auto first = before.batches();
  EXPECT_GE(first, 1);
  EXPECT_EQ(first + after.batches(), static_cast<std::int64_t>(kWork.num_batches()));
}

TEST(ScoreRun, ScoresNothingAgainThatIsThere) {
  const test::SharedFolder folder;
  auto& comm = test_communicator();
  CountingScorer first;
  (void)score_run(kWork, folder / "scores", first.function(), comm);
  CountingScorer second;

  expect_all_logits(score_run(kWork, folder / "scores", second.function(), comm));

  EXPECT_EQ(second.batches(), 0);
}

TEST(ScoreRun, MakesADamagedRecordAgain) {
  const test::SharedFolder folder;
  auto& comm = test_communicator();
  CountingScorer first;
  (void)score_run(kWork, folder / "scores", first.function(), comm);
  if (comm.is_root()) {
    const auto part = folder / "scores" / "part-00000.bin";
    auto bytes = read_file(part);
    bytes[20] = static_cast<char>(bytes[20] ^ 1);
    write_file_atomically(part, bytes);
  }
  comm.barrier();
  CountingScorer again;

  expect_all_logits(score_run(kWork, folder / "scores", again.function(), comm));

  EXPECT_EQ(again.batches(), 1);
}

TEST(ScoreRun, MakesABatchOfOtherLogitsAgain) {
  const test::SharedFolder folder;
  auto& comm = test_communicator();
  if (comm.is_root()) {
    make_folders(folder / "scores");
    ScoreStoreWriter(folder / "scores").append({{kWork.utterances[0]}, {1.0F}});
  }
  comm.barrier();
  CountingScorer scorer;

  expect_all_logits(score_run(kWork, folder / "scores", scorer.function(), comm));
}

TEST(ScoreRun, TakesScoresThatWereMadeForAnotherList) {
  const test::SharedFolder folder;
  auto& comm = test_communicator();
  CountingScorer before;
  (void)score_run(kWork, folder / "scores", before.function(), comm);
  auto other = kWork;
  std::ranges::reverse(other.utterances);
  other.utterances.resize(50);
  other.utterances.push_back(5000);  // in no list before
  std::int64_t scored = 0;
  const auto count = [&](std::uint64_t first, std::uint64_t last) {
    ++scored;
    EXPECT_EQ(first, 48U);
    return std::vector<float>((last - first) * other.logits_per_utterance, 9.0F);
  };

  const auto logits = score_run(other, folder / "scores", count, comm);

  EXPECT_EQ(comm.reduced(scored, comm::Reduce::Sum), 1);
  ASSERT_TRUE(logits.has_value());
  if (!comm.is_root()) return;
  const auto known = expected_logits();
  for (std::size_t i = 0; i < 48; ++i) {
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_EQ((*logits)[3 * i + k], known[3 * (kWork.utterances.size() - 1 - i) + k]) << i;
  }
  EXPECT_EQ(logits->back(), 9.0F);
}

TEST(ScoreRun, OfAnEmptyListIsEmpty) {
  const test::SharedFolder folder;
  CountingScorer scorer;

  const auto logits = score_run({.batch_size = 8, .logits_per_utterance = 3}, folder / "scores",
                                scorer.function(), test_communicator());

  ASSERT_TRUE(logits.has_value());
  EXPECT_TRUE(logits->empty());
}

}  // namespace
}  // namespace codectrace::evaluate
