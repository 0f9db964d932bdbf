#include "shard/corpus.h"

#include <gtest/gtest.h>

#include "shard/corpus_file.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_shard.h"

namespace codectrace::shard {
namespace {

using test::TemporaryFolder;

TEST(Corpus, SaysThatAnUnfinishedOneIsUnfinished) {
  const TemporaryFolder folder;
  test::write_tiny_shard(folder / "shard-00000.h5", 0, 2);

  test::expect_error(
      ErrorKind::BadData, [&] { (void)Corpus::open(folder.path()); }, "corpus.json",
      "isn't finished", "codectrace preprocess");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)Corpus::open(folder / "absent"); }, "absent",
      "isn't a corpus folder");
}

TEST(Corpus, RejectsAMissingShardAndOneOfAnotherSize) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 2, 2);
  test::write_bytes(folder / "shard-00001.h5", test::bytes_of(folder / "shard-00001.h5") + "x");

  test::expect_error(
      ErrorKind::BadData, [&] { (void)Corpus::open(folder.path()); }, "shard-00001.h5", "bytes",
      "codectrace shard verify");
  std::filesystem::remove(folder / "shard-00001.h5");
  test::expect_error(
      ErrorKind::BadData, [&] { (void)Corpus::open(folder.path()); }, "shard-00001.h5 is missing");
}

TEST(Corpus, RejectsAnEditedOrCutCorpusFile) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 2, 2);
  const std::string text = test::bytes_of(folder / "corpus.json");
  const auto expect_rejected = [&](const std::string& changed) {
    test::write_bytes(folder / "corpus.json", changed);
    test::expect_error(
        ErrorKind::BadData, [&] { (void)Corpus::open(folder.path()); }, "corpus.json");
  };

  for (std::size_t length = 0; length < text.size(); ++length) {
    expect_rejected(text.substr(0, length));
  }
  expect_rejected(text + "\n");
  std::string edited = text;
  edited.replace(edited.find("16000"), 5, "48000");
  expect_rejected(edited);
}

TEST(Corpus, RefusesShardsThatDoNotBelongTogether) {
  const TemporaryFolder folder;
  const auto one = test::write_tiny_shard(folder / "shard-00000.h5", 0, 2);
  auto header = test::tiny_header();
  header.config_hash = "another";
  ShardWriter other(folder / "shard-00001.h5", header, test::tiny_columns());
  ShardWriter bare(folder / "shard-00002.h5", test::tiny_header(), {});
  const std::vector<ShardSummary> another_config{one, other.commit()};
  const std::vector<ShardSummary> other_columns{one, bare.commit()};

  test::expect_error(
      ErrorKind::BadData, [&] { finish_corpus(folder.path(), another_config); }, "shard-00001.h5",
      "another configuration");
  test::expect_error(
      ErrorKind::BadData, [&] { finish_corpus(folder.path(), other_columns); }, "shard-00002.h5",
      "another set of columns");
  EXPECT_FALSE(std::filesystem::exists(folder / "corpus.json"));
}

TEST(Corpus, RefusesAnIdThatIsTwice) {
  const TemporaryFolder folder;
  const std::vector<ShardSummary> shards{test::write_tiny_shard(folder / "shard-00000.h5", 0, 3),
                                         test::write_tiny_shard(folder / "shard-00001.h5", 2, 3)};

  test::expect_error(
      ErrorKind::BadData, [&] { finish_corpus(folder.path(), shards); }, "p225_002",
      "shard-00000.h5 number 2", "shard-00001.h5 number 0");
}

TEST(Corpus, CountsAndShowsTheIdsThatItLacks) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 1, 3);
  const auto corpus = Corpus::open(folder.path());
  std::vector<std::string> ids{test::tiny_id(2), test::tiny_id(0)};

  EXPECT_EQ(corpus.find_all(ids, "a.txt"), (std::vector<std::uint64_t>{2, 0}));
  for (int i = 0; i < 7; ++i) ids.push_back(fmt::format("absent{}", i));
  test::expect_error(
      ErrorKind::BadData, [&] { (void)corpus.find_all(ids, "a.txt"); },
      "7 of 9 utterances of a.txt", "absent0, absent1, absent2, absent3, absent4, …");
}

TEST(Corpus, JoinsColumnsInShardOrder) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder.path(), 2, 3);
  const auto corpus = Corpus::open(folder.path());

  const auto column = corpus.read_column("speaker");

  EXPECT_EQ(column.spec.categories, (std::vector<std::string>{"p225", "p226"}));
  EXPECT_EQ(column.codes, (std::vector<std::int32_t>{0, 1, 0, 1, 0, 1}));
  test::expect_error(
      ErrorKind::Usage, [&] { (void)corpus.read_column("VQ"); }, "no column VQ", "speaker");
}

TEST(Corpus, HasAChecksumThatTellsCorporaApart) {
  const TemporaryFolder folder;
  test::write_tiny_corpus(folder / "one", 2, 3);
  test::write_tiny_corpus(folder / "same", 2, 3);
  test::write_tiny_corpus(folder / "other", 2, 4);

  const auto checksum = [&](const std::string& name) {
    return Corpus::open(folder / name).checksum();
  };

  EXPECT_EQ(checksum("one"), checksum("same"));
  EXPECT_NE(checksum("one"), checksum("other"));
}

TEST(Corpus, CanBeEmpty) {
  const TemporaryFolder folder;
  finish_corpus(folder.path(), {});

  const auto corpus = Corpus::open(folder.path());

  EXPECT_EQ(corpus.size(), 0U);
  EXPECT_EQ(corpus.find("p225_001"), std::nullopt);
}

}  // namespace
}  // namespace codectrace::shard
