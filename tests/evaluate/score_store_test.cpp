#include "evaluate/score_store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

const fs::path kFirstPart = "part-00000.bin";

void write_two_batches(const fs::path& folder) {
  ScoreStoreWriter writer(folder);
  writer.append({{3, 1}, {1.0F, 2.0F, 3.0F, 4.0F}});
  writer.append({{7, 5}, {5.0F, 6.0F, 7.0F, 8.0F}});
}

std::vector<float> logits(const StoredScores& stored, std::uint64_t utterance) {
  const auto found = stored.of(utterance);
  return {found.begin(), found.end()};
}

void rewrite(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

TEST(ScoreStore, GivesBackWhatWasAppended) {
  const TemporaryFolder folder;
  write_two_batches(folder.path());

  const auto stored = read_score_store(folder.path());

  EXPECT_EQ(logits(stored, 3), (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(logits(stored, 1), (std::vector<float>{3.0F, 4.0F}));
  EXPECT_EQ(logits(stored, 5), (std::vector<float>{7.0F, 8.0F}));
  EXPECT_EQ(logits(stored, 0), std::vector<float>());
  EXPECT_EQ(stored.size(), 4U);
  EXPECT_EQ(stored.damaged(), 0);
}

TEST(ScoreStore, WithoutAFolderHoldsNothing) {
  const TemporaryFolder folder;

  EXPECT_EQ(read_score_store(folder / "none").size(), 0U);
}

TEST(ScoreStore, GivesEachWriterAFileOfItsOwn) {
  const TemporaryFolder folder;
  ScoreStoreWriter first(folder.path());
  ScoreStoreWriter second(folder.path());
  first.append({{1}, {1.0F}});
  second.append({{2}, {2.0F}});

  EXPECT_EQ(read_score_store(folder.path()).size(), 2U);
}

TEST(ScoreStore, GivesWhatTheLaterPartHasOfAnUtterance) {
  const TemporaryFolder folder;
  ScoreStoreWriter first(folder.path());
  ScoreStoreWriter second(folder.path());
  second.append({{1}, {2.0F, 3.0F}});
  first.append({{1, 4}, {1.0F, 5.0F}});

  const auto stored = read_score_store(folder.path());

  EXPECT_EQ(logits(stored, 1), (std::vector<float>{2.0F, 3.0F}));
  EXPECT_EQ(logits(stored, 4), std::vector<float>{5.0F});
}

TEST(ScoreStore, DropsARecordThatWasTornAnywhere) {
  const TemporaryFolder folder;
  write_two_batches(folder.path());
  const auto bytes = read_file(folder.path() / kFirstPart);
  const auto second = bytes.size() / 2;  // both records have one size

  for (std::size_t size = second + 1; size < bytes.size(); ++size) {
    rewrite(folder.path() / kFirstPart, bytes.substr(0, size));
    const auto stored = read_score_store(folder.path());
    EXPECT_EQ(stored.size(), 2U) << size;
    EXPECT_EQ(stored.damaged(), 1) << size;
  }
}

TEST(ScoreStore, DropsARecordWithAnyFlippedByteAndKeepsTheNext) {
  const TemporaryFolder folder;
  write_two_batches(folder.path());
  const auto bytes = read_file(folder.path() / kFirstPart);

  for (std::size_t at = 0; at < bytes.size() / 2; ++at) {
    auto damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    rewrite(folder.path() / kFirstPart, damaged);
    const auto stored = read_score_store(folder.path());
    EXPECT_EQ(stored.size(), 2U) << at;
    EXPECT_FALSE(stored.of(7).empty()) << at;
    EXPECT_GE(stored.damaged(), 1) << at;
  }
}

TEST(ScoreStore, LeavesOtherFilesAlone) {
  const TemporaryFolder folder;
  rewrite(folder / "inputs.json", "{}");

  EXPECT_EQ(read_score_store(folder.path()).damaged(), 0);
}

}  // namespace
}  // namespace codectrace::evaluate
