#include "preprocess/spot_check.h"

#include <nlohmann/json.hpp>

#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::preprocess {
namespace {

using test::expect_error;

TEST(SpotCheck, TakesEveryFileOfASmallSetAndAThousandSpreadOverALargeOne) {
  for (const std::size_t utterances : {1, 7, 1024, 1025, 4711, 1422560}) {
    std::size_t marked = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < utterances; ++i) {
      if (!is_spot_checked(i, utterances)) continue;
      ++marked;
      last = i;
    }
    EXPECT_GE(marked, std::min<std::size_t>(utterances, 512)) << utterances;
    EXPECT_LE(marked, 1024U) << utterances;
    EXPECT_GE(last, utterances - (utterances + 511) / 512) << utterances;
  }
}

class MarkedFiles : public testing::Test {
 protected:
  MarkedFiles() {
    for (const char* name : {"a.wav", "b.wav"}) {
      test::write_bytes(folder_ / name, "as it was");
      marks_.push_back(mark_of(name, std::as_bytes(std::span("as it was", 9))));
    }
  }
  void check() const { check_unchanged(marks_, folder_.path(), "corpora/x"); }

  test::TemporaryFolder folder_;
  std::vector<FileMark> marks_;
};

TEST_F(MarkedFiles, AreTheSameAsLongAsTheirBytesAre) { EXPECT_NO_THROW(check()); }

TEST_F(MarkedFiles, AreToldThatHaveOtherBytesOfTheSameNumber) {
  test::flip_byte(folder_ / "b.wav", 8);

  expect_error(
      ErrorKind::Usage, [this] { check(); }, "corpora/x", "1 of 2", "b.wav", "--out");
}

TEST_F(MarkedFiles, AreToldThatAreEmptyOrAFolderNow) {
  test::write_bytes(folder_ / "a.wav", "");
  std::filesystem::remove(folder_ / "b.wav");
  std::filesystem::create_directory(folder_ / "b.wav");

  expect_error(
      ErrorKind::Usage, [this] { check(); }, "2 of 2");
}

TEST_F(MarkedFiles, AreToldThatWereNotThereBefore) {
  marks_[0] = mark_of("a.wav", {});

  expect_error(
      ErrorKind::Usage, [this] { check(); }, "a.wav");
}

TEST_F(MarkedFiles, MayBeGone) {
  std::filesystem::remove(folder_ / "a.wav");

  EXPECT_NO_THROW(check());
}

TEST_F(MarkedFiles, SurviveTheirFile) { EXPECT_EQ(marks_from_json(to_json(marks_)), marks_); }

}  // namespace
}  // namespace codectrace::preprocess
