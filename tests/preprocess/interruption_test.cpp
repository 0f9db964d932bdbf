#include "preprocess/run.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "comm/self.h"
#include "core/log.h"
#include "core/random.h"
#include "tests/support/audio_set.h"
#include "tests/support/file_tree.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::preprocess {
namespace {

using Clock = std::chrono::steady_clock;

/// The real stage in a process of its own. @returns its process id
pid_t start(const Config& config) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  log::set_level(log::Level::Quiet);
  comm::SelfCommunicator alone;
  int code = 1;
  try {
    code = static_cast<int>(run(config, alone));
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  std::_Exit(code);
}

/// True if it ended by itself, and well.
bool has_finished(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::map<std::string, std::string> corpus_of(const Config& config) {
  auto files = test::contents_of(config.out);
  files.erase("preprocess.toml");  // names the directory itself
  return files;
}

TEST(KilledPreprocess, IsFinishedByTheNextRunToTheSameBytes) {
  const test::TemporaryFolder folder;
  test::write_cors_set(folder / "audio", 60);
  const auto undisturbed = test::small_config(folder / "audio", folder / "undisturbed");
  const auto begun = Clock::now();
  ASSERT_TRUE(has_finished(start(undisturbed)));
  const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
  const auto expected = corpus_of(undisturbed);

  constexpr std::uint64_t kRounds = 12;
  int kills = 0;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    auto config = undisturbed;
    config.out = (folder / ("killed-" + std::to_string(round))).string();
    const CounterRandom random(1, "kill", 0, round);
    constexpr std::uint64_t kLives = 50;
    bool finished = false;
    for (std::uint64_t life = 0; life < kLives && !finished; ++life) {
      const pid_t child = start(config);
      // Up to a whole run's time: at the start, between shards, in the report, or not at all.
      std::this_thread::sleep_for(duration * random.uniform(life));
      ::kill(child, SIGKILL);
      finished = has_finished(child);
      kills += finished ? 0 : 1;
    }
    if (!finished) finished = has_finished(start(config));
    ASSERT_TRUE(finished);
    ASSERT_TRUE(corpus_of(config) == expected) << "round " << round;
  }
  EXPECT_GE(kills, static_cast<int>(kRounds) / 2);
}

TEST(KilledPreprocess, LeavesTemporaryFilesThatTheNextRunRemoves) {
  const test::TemporaryFolder folder;
  test::write_cors_set(folder / "audio", 5);
  const auto config = test::small_config(folder / "audio", folder / "corpus");
  std::filesystem::create_directories(folder / "corpus");
  test::write_bytes(folder / "corpus/shard-00000.h5.4711.tmp", "half a shard");

  ASSERT_TRUE(has_finished(start(config)));

  EXPECT_FALSE(std::filesystem::exists(folder / "corpus/shard-00000.h5.4711.tmp"));
}

TEST(UnfinishedPreprocess, MakesAShardAgainWhoseSizeIsWrong) {
  const test::TemporaryFolder folder;
  test::write_cors_set(folder / "audio", 5);
  const auto bad = folder / "audio/s9_999.wav";  // comes last, so that the first shard is there
  test::write_pcm(bad, test::kWav16, 16000, 1, test::noise_pcm(2000, 1));
  const auto good = test::bytes_of(bad);
  auto config = test::small_config(folder / "audio", folder / "whole");
  ASSERT_TRUE(has_finished(start(config)));
  const auto expected = corpus_of(config);

  config.out = (folder / "damaged").string();
  test::write_bytes(bad, "");
  comm::SelfCommunicator alone;
  EXPECT_THROW(static_cast<void>(run(config, alone)), Error);
  test::write_bytes(bad, good);
  std::filesystem::resize_file(folder / "damaged/shard-00000.h5", 100);

  EXPECT_EQ(run(config, alone), ExitCode::Done);
  EXPECT_TRUE(corpus_of(config) == expected);
}

TEST(TwoPreprocesses, DoNotWorkInOneDirectoryAtOnce) {
  const test::TemporaryFolder folder;
  test::write_cors_set(folder / "audio", 200);
  const auto config = test::small_config(folder / "audio", folder / "corpus");
  const pid_t first = start(config);
  const auto marker = folder / "corpus/preprocess.json";
  while (!std::filesystem::exists(marker)) std::this_thread::yield();

  comm::SelfCommunicator alone;
  std::string message;
  try {
    static_cast<void>(run(config, alone));
  } catch (const Error& error) {
    message = error.what();
  }

  EXPECT_TRUE(has_finished(first));
  EXPECT_NE(message.find("another preprocess is at work"), std::string::npos) << message;
}

}  // namespace
}  // namespace codectrace::preprocess
