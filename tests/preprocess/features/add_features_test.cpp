#include "preprocess/features/add_features.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "comm/self.h"
#include "core/log.h"
#include "core/random.h"
#include "model/fit_to_length.h"
#include "shard/batch_reader.h"
#include "shard/corpus.h"
#include "shard/verify.h"
#include "tests/support/expect_error.h"
#include "tests/support/file_tree.h"
#include "tests/support/frozen_network.h"
#include "tests/support/small_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::preprocess {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kSamples = 20;  // utterances have 3 to 33
constexpr std::uint64_t kShards = 4;
constexpr std::uint64_t kPerShard = 11;

test::FrozenNetwork network_of(const std::string& provenance = "double, weights 1") {
  return test::FrozenNetwork(kSamples, test::four_heads(), provenance);
}

ExitCode add(const fs::path& corpus, const std::string& provenance = "double, weights 1") {
  auto network = network_of(provenance);
  comm::SelfCommunicator alone;
  return add_features(corpus, network, alone);
}

/// The real stage in a process of its own, which can't write files beyond `limit_bytes`.
pid_t start(const fs::path& corpus, rlim_t limit_bytes = RLIM_INFINITY) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  log::set_level(log::Level::Quiet);
  std::signal(SIGXFSZ, SIG_IGN);  // then write() fails with EFBIG instead
  const rlimit limit{limit_bytes, limit_bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  try {
    std::_Exit(static_cast<int>(add(corpus)));
  } catch (const Error& error) {
    std::_Exit(static_cast<int>(error.exit_code()));
  }
}

/// Its exit code; −1 if it was killed.
int end_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class AddFeatures : public testing::Test {
 protected:
  void SetUp() override {
    torch::set_num_threads(1);  // processes are forked
    test::write_tiny_corpus(corpus_, kShards, kPerShard);
  }
  test::TemporaryFolder folder_;
  fs::path corpus_ = folder_ / "corpus";
};

TEST_F(AddFeatures, KeepsWhatTheFrozenPartGivesForWhatTheNetworkIsGiven) {
  EXPECT_EQ(add(corpus_), ExitCode::Done);

  auto network = network_of();
  const auto corpus = shard::Corpus::open(corpus_);
  const shard::UtteranceReader reader(corpus, {});
  EXPECT_TRUE(corpus.keeps({"double", {2, 3}, network.provenance()}));
  for (std::uint64_t u = 0; u < kShards * kPerShard; ++u) {
    std::vector<float> samples;
    ASSERT_TRUE(reader.read(u, samples));
    EXPECT_EQ(samples.size(), test::tiny_samples(u).size());
    auto input = torch::empty({1, kSamples});
    model::fit_to_length(samples, 0, {input.data_ptr<float>(), static_cast<std::size_t>(kSamples)});
    const auto wanted = network.compute(input)[0];
    std::vector<shard::Half> values(6);
    ASSERT_TRUE(reader.read_feature(u, "double", values));
    auto found = torch::empty({2, 3}, torch::kHalf);
    for (std::size_t i = 0; i < values.size(); ++i) {
      found.data_ptr<at::Half>()[i] = at::Half(values[i].bits, at::Half::from_bits());
    }
    EXPECT_LE((found.to(torch::kFloat32) - wanted).abs().max().item<float>(),
              wanted.abs().max().item<float>() * 1e-3)  // float16: 2^-11
        << u;
  }
  EXPECT_TRUE(shard::verify(corpus_).damages.empty());
  EXPECT_FALSE(fs::exists(corpus_ / "unfinished-features"));
}

TEST_F(AddFeatures, DoesNothingTheSecondTime) {
  add(corpus_);
  const auto before = test::contents_of(corpus_);

  EXPECT_EQ(add(corpus_), ExitCode::Done);

  EXPECT_TRUE(test::contents_of(corpus_) == before);
}

TEST_F(AddFeatures, ReplacesThoseThatSomethingElseMade) {
  add(corpus_, "double, weights 0");

  EXPECT_EQ(add(corpus_), ExitCode::Done);

  EXPECT_EQ(shard::Corpus::open(corpus_).features().size(), 1U);
  EXPECT_TRUE(shard::Corpus::open(corpus_).keeps({"double", {2, 3}, "double, weights 1"}));
}

TEST_F(AddFeatures, NeedsAFinishedCorpus) {
  fs::remove(corpus_ / "corpus.json");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)add(corpus_); }, "corpus.json");
}

TEST_F(AddFeatures, KilledAtAnyTimeIsFinishedByTheNextRunToTheSameBytes) {
  const auto undisturbed = folder_ / "undisturbed";
  test::write_tiny_corpus(undisturbed, kShards, kPerShard);
  const auto begun = Clock::now();
  ASSERT_EQ(end_of(start(undisturbed)), 0);
  const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
  const auto expected = test::contents_of(undisturbed);

  constexpr std::uint64_t kRounds = 12;
  constexpr std::uint64_t kLives = 8;
  int kills = 0;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const auto corpus = folder_ / ("killed-" + std::to_string(round));
    test::write_tiny_corpus(corpus, kShards, kPerShard);
    const CounterRandom random(1, "kill", 0, round);
    for (std::uint64_t life = 0; life < kLives; ++life) {
      const pid_t child = start(corpus);
      std::this_thread::sleep_for(duration * random.uniform(life));
      ::kill(child, SIGKILL);
      kills += end_of(child) == -1 ? 1 : 0;
    }
    ASSERT_EQ(end_of(start(corpus)), 0);
    ASSERT_TRUE(test::contents_of(corpus) == expected) << "round " << round;
  }
  EXPECT_GT(kills, 0);
}

TEST_F(AddFeatures, OnAFullDiskLeavesTheCorpusAsItWas) {
  const auto before = test::contents_of(corpus_);

  EXPECT_EQ(end_of(start(corpus_, 2048)), static_cast<int>(ExitCode::Environment));

  for (const auto& [name, bytes] : before) {
    EXPECT_TRUE(test::contents_of(corpus_)[name] == bytes) << name;
  }
  EXPECT_TRUE(shard::verify(corpus_).damages.empty());
  EXPECT_EQ(end_of(start(corpus_)), 0);
}

}  // namespace
}  // namespace codectrace::preprocess
