#include "train/shared_quarantine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "shard/corpus.h"
#include "tests/support/damage.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_communicator.h"
#include "tests/support/tiny_corpus.h"

namespace codectrace::train {
namespace {

constexpr shard::ReadOptions kSkip{.on_bad_data = shard::OnBadData::Skip};

/// Each rank has a corpus of its own, the same, of which two utterances are corrupt.
class SharedQuarantine : public testing::Test {
 protected:
  SharedQuarantine() {
    const auto folder = test::write_tiny_corpus_with_lists(folder_.path(), 16).corpus;
    const auto shard = folder / "shard-00000.h5";
    for (const int part : {3, 2}) test::flip_byte(shard, std::filesystem::file_size(shard) / part);
    corpus_.emplace(shard::Corpus::open(folder));
    const shard::UtteranceReader reader(*corpus_, kSkip);
    std::vector<float> samples;
    for (std::uint64_t i = 0; i < corpus_->size(); ++i) {
      if (!reader.read(i, samples)) corrupt_.push_back(i);
    }
  }

  comm::Communicator& comm_ = test::test_communicator();
  test::TemporaryFolder folder_;
  std::optional<shard::Corpus> corpus_;
  std::vector<std::uint64_t> corrupt_;
};

TEST_F(SharedQuarantine, IsEmptyWhereNothingIsCorrupt) {
  const shard::UtteranceReader reader(*corpus_, kSkip);

  EXPECT_EQ(share_quarantine(reader, comm_), 0U);
}

TEST_F(SharedQuarantine, HoldsWhatAnyRankHasFoundOnce) {
  ASSERT_EQ(corrupt_.size(), 2U);
  const shard::UtteranceReader reader(*corpus_, kSkip);
  std::vector<float> samples;
  const auto mine = static_cast<std::size_t>(comm_.rank()) % 2;
  EXPECT_FALSE(reader.read(corrupt_[mine], samples));

  const std::uint64_t count = share_quarantine(reader, comm_);

  const auto found = static_cast<std::size_t>(std::min(comm_.size(), 2));
  EXPECT_EQ(count, found);
  EXPECT_EQ(reader.skipped(), found);
  EXPECT_EQ(reader.quarantined(),
            std::vector(corrupt_.begin(), corrupt_.begin() + static_cast<std::ptrdiff_t>(found)));
  EXPECT_FALSE(reader.read(corrupt_[0], samples));
  EXPECT_EQ(share_quarantine(reader, comm_), found);
}

}  // namespace
}  // namespace codectrace::train
