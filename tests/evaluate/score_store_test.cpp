#include "evaluate/score_store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "core/atomic_file.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

const fs::path kFirstPart = "part-00000.bin";

void write_two_batches(const fs::path& folder) {
  ScoreStoreWriter writer(folder);
  writer.append({0, {1.0F, 2.0F}});
  writer.append({7, {3.0F, 4.0F}});
}

void rewrite(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

TEST(ScoreStore, GivesBackWhatWasAppended) {
  const TemporaryFolder folder;
  write_two_batches(folder.path());

  const auto stored = read_score_store(folder.path());

  EXPECT_EQ(stored.batches.at(0), (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(stored.batches.at(7), (std::vector<float>{3.0F, 4.0F}));
  EXPECT_EQ(stored.dropped, 0);
}

TEST(ScoreStore, WithoutAFolderHoldsNothing) {
  const TemporaryFolder folder;

  EXPECT_TRUE(read_score_store(folder / "none").batches.empty());
}

TEST(ScoreStore, GivesEachWriterAFileOfItsOwn) {
  const TemporaryFolder folder;
  ScoreStoreWriter first(folder.path());
  ScoreStoreWriter second(folder.path());
  first.append({1, {1.0F}});
  second.append({2, {2.0F}});

  EXPECT_EQ(read_score_store(folder.path()).batches.size(), 2U);
}

TEST(ScoreStore, DropsARecordThatWasTornAnywhere) {
  const TemporaryFolder folder;
  write_two_batches(folder.path());
  const auto bytes = read_file(folder.path() / kFirstPart);
  const auto second = bytes.size() / 2;  // both records have one size

  for (std::size_t size = second + 1; size < bytes.size(); ++size) {
    rewrite(folder.path() / kFirstPart, bytes.substr(0, size));
    const auto stored = read_score_store(folder.path());
    EXPECT_EQ(stored.batches.size(), 1U) << size;
    EXPECT_EQ(stored.dropped, 1) << size;
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
    EXPECT_EQ(stored.batches.size(), 1U) << at;
    EXPECT_TRUE(stored.batches.contains(7)) << at;
    EXPECT_GE(stored.dropped, 1) << at;
  }
}

TEST(ScoreStore, LeavesOtherFilesAlone) {
  const TemporaryFolder folder;
  rewrite(folder / "inputs.json", "{}");

  EXPECT_EQ(read_score_store(folder.path()).dropped, 0);
}

}  // namespace
}  // namespace codectrace::evaluate
