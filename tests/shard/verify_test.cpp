#include "shard/verify.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "shard/batch_reader.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/shard_editor.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

using test::TemporaryFolder;

TEST(ShardVerify, FindsNothingInASoundCorpus) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 2, 5);

  const auto result = verify(folder.path());

  EXPECT_TRUE(result.is_sound());
  EXPECT_EQ(result.shards, 2U);
  EXPECT_EQ(result.utterances, 10U);
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    bytes += entry.file_size();
  }
  EXPECT_EQ(result.bytes, bytes);
}

TEST(ShardVerify, FindsAnyFlippedByteOfACorpus) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 1, 3);

  for (const std::string file : {"shard-00000.h5", "corpus.json"}) {
    const auto path = folder / file;
    for (std::uint64_t offset = 0; offset < std::filesystem::file_size(path); ++offset) {
      const auto mask = static_cast<unsigned char>(1U << (offset % 8));
      test::flip_byte(path, offset, mask);
      const auto result = verify(folder.path());
      test::flip_byte(path, offset, mask);

      ASSERT_FALSE(result.is_sound()) << file << " byte " << offset;
      EXPECT_EQ(result.damages.front().file, file);
    }
  }
  EXPECT_TRUE(verify(folder.path()).is_sound());
}

TEST(ShardVerify, NamesTheUtterancesThatAreTouched) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 2, 5);
  const auto path = folder / "shard-00001.h5";
  test::flip_byte(path, std::filesystem::file_size(path) - 1);  // samples come last

  const auto damages = verify(folder.path()).damages;

  const auto sample = std::ranges::find(damages, "/audio/samples", &Damage::dataset);
  ASSERT_NE(sample, damages.end());
  EXPECT_EQ(sample->file, "shard-00001.h5");
  EXPECT_EQ(sample->utterance, test::tiny_id(9));
  EXPECT_THAT(sample->what, testing::StartsWith("/audio/samples of utterance"));
  EXPECT_THAT(sample->what, testing::Not(testing::HasSubstr("shard verify")));
}

TEST(ShardVerify, NamesAMissingAndACutShard) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 3, 2);
  std::filesystem::remove(folder / "shard-00000.h5");
  std::filesystem::resize_file(folder / "shard-00002.h5", 1000);

  const auto damages = verify(folder.path()).damages;

  ASSERT_GE(damages.size(), 2U);
  EXPECT_EQ(damages[0].file, "shard-00000.h5");
  EXPECT_EQ(damages[0].what, "is missing");
  EXPECT_EQ(damages[1].file, "shard-00002.h5");
  EXPECT_THAT(damages[1].what, testing::HasSubstr("has 1000 bytes, was written with"));
}

TEST(ShardVerify, FindsAShardPutInPlaceOfAnother) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 2, 2);
  std::filesystem::copy_file(folder / "shard-00001.h5", folder / "shard-00000.h5",
                             std::filesystem::copy_options::overwrite_existing);

  EXPECT_FALSE(verify(folder.path()).is_sound());
}

TEST(ShardVerify, ChecksAShardByItselfDatasetByDataset) {
  const TemporaryFolder folder;
  const auto path = folder / "shard.h5";
  const auto damage_after = [&](const char* dataset, std::int64_t value) {
    test::write_tiny_shard(path, 0, 4);
    {
      test::ShardEditor editor(path);
      editor.set_element(dataset, 1, value);
    }
    return verify(path).damages;
  };

  test::write_tiny_shard(path, 0, 4);
  EXPECT_TRUE(verify(path).is_sound());
  EXPECT_EQ(damage_after("/audio/samples", 7).front().dataset, "/audio/samples");
  EXPECT_EQ(damage_after("/utterance/speaker", 0).front().dataset, "/utterance/speaker");
  for (const char* dataset :
       {"/audio/offsets", "/audio/crc32c", "/utterance/id", "/utterance/id_offsets"}) {
    const auto damages = damage_after(dataset, 1);
    ASSERT_FALSE(damages.empty()) << dataset;
    EXPECT_THAT(damages.front().what, testing::HasSubstr(dataset));
  }
}

TEST(ShardVerify, RefusesWhatIsNotThereOrNotFinished) {
  const TemporaryFolder folder;
  test::write_tiny_shard(folder / "shard-00000.h5", 0, 2);

  test::expect_error(
      ErrorKind::BadData, [&] { (void)verify(folder / "absent"); }, "absent", "doesn't exist");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)verify(folder.path()); }, "corpus.json", "preprocess");
}

TEST(ShardVerify, WritesAQuarantineList) {
  const TemporaryFolder folder;

  write_quarantine_list(folder / "bad.tsv", {{"shard-00001.h5", "/audio/samples", "p225_001", "x"},
                                             {"shard-00002.h5", "", "", "is missing"}});

  EXPECT_EQ(test::bytes_of(folder / "bad.tsv"),
            "shard-00001.h5\t/audio/samples\tp225_001\tx\nshard-00002.h5\t\t\tis missing\n");
}

}  // namespace
}  // namespace codectrace::shard
