#include "train/labelled_set.h"

#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_network.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_corpus.h"

namespace codectrace::train {
namespace {

class LabelledSetTest : public testing::Test {
 protected:
  LabelledSetTest()
      : paths_(test::write_tiny_corpus_with_lists(folder_.path(), 8)),
        corpus_(shard::Corpus::open(paths_.corpus)),
        taxonomy_(protocol::Taxonomy::from_file(paths_.taxonomy)) {}

  LabelledSet read(const std::vector<std::filesystem::path>& lists,
                   const std::vector<model::Head>& heads = test::four_heads()) {
    return read_labelled_set(lists, {}, taxonomy_, heads, corpus_);
  }

  test::TemporaryFolder folder_;
  test::TinyCorpus paths_;
  shard::Corpus corpus_;
  protocol::Taxonomy taxonomy_;
};

TEST_F(LabelledSetTest, KnowsWhereEachEntryIsAndWhichOutputsAreRight) {
  const LabelledSet set = read({paths_.lists / "train.txt"});

  ASSERT_EQ(set.size(), 12U);
  EXPECT_EQ(corpus_.id(set.utterances[1]), "p001_000_alpha");
  EXPECT_EQ(set.labels[1], protocol::Label::Spoof);
  EXPECT_EQ(set.targets[0], (std::vector<std::int64_t>{1, 0, 0, 0}));
  EXPECT_EQ(set.targets[1], (std::vector<std::int64_t>{0, 1, 1, 1}));
}

TEST_F(LabelledSetTest, TargetsFollowTheHeadsOwnOrderOfClasses) {
  const std::vector<model::Head> heads{{"BIN", {"bonafide", "spoof"}}};

  const LabelledSet set = read({paths_.lists / "train.txt"}, heads);

  EXPECT_EQ(set.targets[0], (std::vector<std::int64_t>{0}));
  EXPECT_EQ(set.targets[1], (std::vector<std::int64_t>{1}));
}

TEST_F(LabelledSetTest, JoinedListsTakeAnUtteranceOnce) {
  const auto train = paths_.lists / "train.txt";

  EXPECT_EQ(read({train, train}).size(), 12U);
  EXPECT_EQ(read({train, paths_.lists / "dev.txt"}).size(), 16U);
}

TEST_F(LabelledSetTest, JoinedListsThatContradictEachOtherAreNamedWithBothLines) {
  write_file_atomically(paths_.lists / "one.txt",
                        "p001 p001_001 - - bonafide\np001 p001_000 - REAL REAL REAL bonafide\n");
  write_file_atomically(paths_.lists / "other.txt", "p001 p001_000 - - spoof\n");
  const protocol::ListOptions trusting{.on_contradiction = protocol::OnContradiction::TrustList};

  test::expect_error(
      ErrorKind::BadData,
      [&] {
        (void)read_labelled_set({paths_.lists / "one.txt", paths_.lists / "other.txt"}, trusting,
                                taxonomy_, test::four_heads(), corpus_);
      },
      "one.txt:2", "other.txt:1", "p001_000 another label");
}

TEST_F(LabelledSetTest, WhatTheTaxonomyDoesNotSayIsMasked) {
  write_file_atomically(paths_.lists / "short.txt",
                        "p001 p001_000_alpha - - spoof\n"
                        "p001 p001_000 - - bonafide\n");

  const LabelledSet set = read({paths_.lists / "short.txt"});

  EXPECT_EQ(set.targets[0], (std::vector<std::int64_t>{0, 1, 1, 1}));  // by its codec
  EXPECT_EQ(set.targets[1], (std::vector<std::int64_t>{1, 0, 0, 0}));
}

TEST_F(LabelledSetTest, AnUtteranceThatTheCorpusLacksIsNamedWithItsList) {
  write_file_atomically(paths_.lists / "more.txt", "p009 p009_001 - REAL REAL REAL bonafide\n");

  test::expect_error(
      ErrorKind::BadData, [&] { (void)read({paths_.lists / "more.txt"}); }, "p009_001", "more.txt");
}

TEST_F(LabelledSetTest, AClassThatTheModelLacksIsAnError) {
  const std::vector<model::Head> heads{{"VQ", {"REAL", "MVQ", "SVQ"}}};

  test::expect_error(
      ErrorKind::Usage, [&] { (void)read({paths_.lists / "train.txt"}, heads); }, "SQ", "VQ");
}

}  // namespace
}  // namespace codectrace::train
