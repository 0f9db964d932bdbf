#include "shard/batch_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

/// Two shards of five utterances; the very last one is corrupt.
class UtteranceReaderTest : public testing::Test {
 protected:
  UtteranceReaderTest() {
    test::write_tiny_corpus(folder_.path(), 2, 5);
    const auto path = folder_ / "shard-00001.h5";
    test::flip_byte(path, std::filesystem::file_size(path) - 1);
  }

  test::TemporaryFolder folder_;
  std::uint64_t corrupt_ = 9;
};

TEST_F(UtteranceReaderTest, FailsOnACorruptUtteranceAndNamesIt) {
  const UtteranceReader reader(Corpus::open(folder_.path()), {});
  std::vector<float> samples;

  EXPECT_TRUE(reader.read(corrupt_ - 1, samples));
  test::expect_error(
      ErrorKind::BadData, [&] { (void)reader.read(corrupt_, samples); }, "shard-00001.h5",
      "/audio/samples", test::tiny_id(corrupt_), "codectrace shard verify");
}

TEST_F(UtteranceReaderTest, SkipsACorruptUtteranceAndCountsItOnce) {
  const UtteranceReader reader(Corpus::open(folder_.path()), {.on_bad_data = OnBadData::Skip});
  std::vector<float> samples;

  EXPECT_FALSE(reader.read(corrupt_, samples));
  EXPECT_FALSE(reader.read(corrupt_, samples));
  EXPECT_TRUE(reader.read(0, samples));

  EXPECT_EQ(reader.skipped(), 1U);
}

TEST_F(UtteranceReaderTest, TakesWhatIsThereIfNotToCheck) {
  const UtteranceReader reader(Corpus::open(folder_.path()), {.check_crc = false});
  std::vector<float> samples;

  EXPECT_TRUE(reader.read(corrupt_, samples));
  EXPECT_EQ(samples.size(), test::tiny_samples(corrupt_).size());
}

TEST_F(UtteranceReaderTest, ServesThreadsAtOnce) {
  const UtteranceReader reader(Corpus::open(folder_.path()), {.on_bad_data = OnBadData::Skip});
  std::atomic<int> wrong = 0;
  const auto read_all = [&] {
    std::vector<float> samples;
    for (int round = 0; round < 200; ++round) {
      for (std::uint64_t u = 0; u < 10; ++u) {
        const bool is_read = reader.read(u, samples);
        const bool is_right =
            u == corrupt_ ? !is_read : is_read && samples[0] * 32768.0F == test::tiny_samples(u)[0];
        if (!is_right) ++wrong;
      }
    }
  };

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(read_all);
  }

  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(reader.skipped(), 1U);
}

}  // namespace
}  // namespace codectrace::shard
