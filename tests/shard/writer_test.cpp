#include "shard/writer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <limits>

#include "shard/reader.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

using test::TemporaryFolder;

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(ShardWriter, WritesTheSameBytesForTheSameInput) {
  const TemporaryFolder folder;

  const auto one = test::write_tiny_shard(folder / "one.h5", 0, 20);
  const auto two = test::write_tiny_shard(folder / "two.h5", 0, 20);

  EXPECT_EQ(one.crc32c, two.crc32c);
  EXPECT_EQ(test::bytes_of(folder / "one.h5"), test::bytes_of(folder / "two.h5"));
}

TEST(ShardWriter, SummarizesWhatLiesOnDisk) {
  const TemporaryFolder folder;

  const auto committed = test::write_tiny_shard(folder / "shard-00000.h5", 3, 9);

  EXPECT_EQ(committed, summarize_shard(folder / "shard-00000.h5"));
  EXPECT_EQ(committed.utterances, 9U);
  EXPECT_EQ(committed.size_bytes, std::filesystem::file_size(folder / "shard-00000.h5"));
}

TEST(ShardWriter, LeavesNothingWithoutCommit) {
  const TemporaryFolder folder;

  {
    ShardWriter writer(folder / "shard.h5", test::tiny_header(), {});
    writer.add("p225_001", std::span<const float>(std::vector<float>{0.5F}), {});
  }

  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(ShardWriter, OnAFullDiskSaysSoAndLeavesNothing) {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), {});
  const std::vector<std::int16_t> samples(1 << 20);
  writer.add("p225_001", std::span<const std::int16_t>(samples), {});
  // A limit on the file's size stands for the disk's: write() fails midway just the same.
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1 << 16, before.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);

  test::expect_error(
      ErrorKind::Environment, [&] { writer.commit(); }, "shard.h5", "File too large");

  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(ShardWriter, NamesAFolderThatIsMissing) {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "absent/shard.h5", test::tiny_header(), {});

  test::expect_error(
      ErrorKind::Environment, [&] { writer.commit(); }, "absent/shard.h5");
}

TEST(ShardWriter, CountsWhatSixteenBitsLose) {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), {});
  const std::vector<float> samples{0.0F, 0.5F, -1.0F, 1.0F, 0.1F, 1.5F};

  const PcmLoss loss = writer.add("u", std::span<const float>(samples), {});

  EXPECT_EQ(loss, (PcmLoss{.rounded = 1, .clipped = 2}));
}

TEST(ShardWriter, RefusesASampleThatIsNoNumber) {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "shard.h5", test::tiny_header(SampleFormat::Float32), {});
  const std::vector<float> samples{0.0F, std::numeric_limits<float>::quiet_NaN()};

  test::expect_error(
      ErrorKind::BadData, [&] { writer.add("p1_2", std::span<const float>(samples), {}); },
      "utterance p1_2", "sample 1 is nan");
  EXPECT_EQ(writer.size(), 0U);
}

TEST(ShardWriter, RefusesAnIdThatItHas) {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), {});
  const std::vector<std::int16_t> samples{1};
  writer.add("p225_001", std::span<const std::int16_t>(samples), {});

  test::expect_error(
      ErrorKind::BadData,
      [&] { writer.add("p225_001", std::span<const std::int16_t>(samples), {}); },
      "utterance p225_001", "already");
}

TEST(ShardWriter, RefusesIdsThatNoListCouldName) {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), {});
  const std::vector<std::int16_t> samples{1};

  for (const std::string id : {"", "two\nlines", "\xFF\xFE", "\xC0\xAF", "\xED\xA0\x80"}) {
    test::expect_error(
        ErrorKind::BadData, [&] { writer.add(id, std::span<const std::int16_t>(samples), {}); },
        "id");
  }
}

TEST(ShardWriter, RefusesCodesThatItsColumnsDoNotHave) {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "shard.h5", test::tiny_header(), test::tiny_columns());
  const std::vector<float> none;

  test::expect_error(
      ErrorKind::Usage,
      [&] {
        writer.add("u", std::span<const float>(none), std::vector<std::int32_t>{0, 2});
      },
      "codec", "code 2", "2 categories");
  test::expect_error(
      ErrorKind::Usage,
      [&] { writer.add("u", std::span<const float>(none), std::vector<std::int32_t>{0}); },
      "1 codes for 2 columns");
}

TEST(ShardWriter, RefusesColumnsThatWouldBeMistaken) {
  const TemporaryFolder folder;
  const auto with_columns = [&](std::vector<ColumnSpec> columns) {
    return [&folder, columns] {
      const ShardWriter writer(folder / "shard.h5", test::tiny_header(), columns);
    };
  };

  test::expect_error(ErrorKind::Usage, with_columns({{"VQ", {}}, {"VQ", {}}}), "two columns");
  test::expect_error(ErrorKind::Usage, with_columns({{"id", {}}}), "format itself");
  test::expect_error(ErrorKind::Usage, with_columns({{"a/b", {}}}), "letters");
  test::expect_error(ErrorKind::Usage, with_columns({{"VQ", {"SQ", "SQ"}}}), "SQ twice");
}

}  // namespace
}  // namespace codectrace::shard
