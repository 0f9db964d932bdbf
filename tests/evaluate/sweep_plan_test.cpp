#include "evaluate/sweep_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/atomic_file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::evaluate {
namespace {

using testing::ElementsAre;

class SweepPlan : public testing::Test {
 protected:
  SweepPlan() {
    write("few.txt", "a\nb\n");
    write("some.txt", "b\nc\nd\n");
    write("many.txt", "1\n2\n3\n4\n5\n");
    std::swap(sweep_.protocols[1], sweep_.protocols[2]);
    sweep_.out = "swept";
    sweep_.checkpoints = {"runs/m1", "runs/m2"};
    sweep_.corpora = {"corpora/cors", "corpora/cosg", "corpora/cors"};
    sweep_.datasets = {"cors", "cosg", "list"};
  }
  void write(const std::string& name, const std::string& lines) {
    const auto path = folder_ / name;
    write_file_atomically(path, lines);
    sweep_.protocols.push_back(path.string());
  }
  SweepConfig sweep_;

 private:
  test::TemporaryFolder folder_;
};

std::vector<std::string> outs(const std::vector<EvaluateConfig>& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.out);
  return names;
}

TEST_F(SweepPlan, IsEveryCheckpointOnEveryListTheLongestFirst) {
  EXPECT_THAT(outs(items_of(sweep_)), ElementsAre("swept/m1/many", "swept/m2/many", "swept/m1/some",
                                                  "swept/m2/some", "swept/m1/few", "swept/m2/few"));
}

TEST_F(SweepPlan, SharesAPassAmongListsOfOneCheckpointAndCorpus) {
  const auto passes = passes_of(sweep_);

  ASSERT_EQ(passes.size(), 4U);
  EXPECT_EQ(passes[0].name, "m1 on many");  // five lines: more than the four of the other two
  EXPECT_EQ(passes[1].name, "m2 on many");
  EXPECT_EQ(passes[2].name, "m1 on some, few");
  EXPECT_THAT(outs(passes[3].lists), ElementsAre("swept/m2/some", "swept/m2/few"));
  EXPECT_EQ(passes[3].lists[0].dataset, protocol::Layout::List);
  EXPECT_EQ(passes[3].lists[1].dataset, protocol::Layout::Cors);
  EXPECT_EQ(passes[3].scores, "swept/m2/cors.scores");
  EXPECT_EQ(passes[0].scores, "swept/m1/cosg.scores");
}

TEST_F(SweepPlan, KeepsScoresOfCorporaOfOneNameApart) {
  sweep_.corpora = {"a/cors", "b/cors", "a/cors"};

  const auto passes = passes_of(sweep_);

  ASSERT_EQ(passes.size(), 4U);
  EXPECT_NE(passes[0].scores, passes[2].scores);
}

TEST_F(SweepPlan, RefusesNumbersThatDoNotFit) {
  sweep_.corpora = {"a", "b"};

  test::expect_error(
      ErrorKind::Usage, [&] { (void)passes_of(sweep_); }, "corpora has 2 values for 3 protocols");
}

}  // namespace
}  // namespace codectrace::evaluate
