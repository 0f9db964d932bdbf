#include <gtest/gtest.h>

#include <sstream>

#include "tests/evaluate/evaluate_run.h"

namespace codectrace::evaluate {
namespace {

using test::test_communicator;

/// Evaluations of overlapping lists in one pass.
class EvaluateLists : public EvaluateRun {
 protected:
  void SetUp() override {
    EvaluateRun::SetUp();
    on_root([&] {  // what both others have is in the first
      std::istringstream whole(read_file(root_ / "list.txt"));
      std::ofstream part(root_ / "part.txt");
      std::ofstream rest(root_ / "rest.txt");
      int number = 0;
      for (std::string line; std::getline(whole, line); ++number) {
        if (number < 20) part << line << "\n";
        if (number % 3 != 0) rest << line << "\n";
      }
    });
    for (const auto* name : {"list", "rest", "part"}) {
      auto& list = lists_.emplace_back(config_);
      list.protocol = (root_ / (std::string(name) + ".txt")).string();
      list.out = (root_ / name).string();
      list.dataset = name == std::string("rest") ? protocol::Layout::List : protocol::Layout::Cors;
    }
  }
  ExitCode run_together() { return run_lists(lists_, root_ / "scores", test_communicator()); }
  [[nodiscard]] std::string all_files(const fs::path& folder) const {
    std::string text;
    for (const auto* name : {"scores.tsv", "results.json", "results.csv", "report.html",
                             "config.toml", "bin_score.txt", "results.txt"}) {
      text += std::string(name) + "\n" + read_file(folder / name);
    }
    return text;
  }

  std::vector<EvaluateConfig> lists_;
};

/// Texts that differ in the last digits of numbers alone are one.
void expect_near_texts(const std::string& found, const std::string& expected) {
  std::istringstream one(found);
  std::istringstream other(expected);
  std::string a;
  std::string b;
  while (one >> a && other >> b) {
    if (a == b) continue;
    EXPECT_NEAR(std::stod(a), std::stod(b), 1e-4) << a << " " << b;
  }
  EXPECT_EQ(std::ranges::count(found, '\n'), std::ranges::count(expected, '\n'));
}

TEST_F(EvaluateLists, GiveTheResultsOfSeparateEvaluationsTheFirstToTheByte) {
  ASSERT_EQ(run_together(), ExitCode::Done);
  EXPECT_FALSE(fs::exists(root_ / "scores"));

  for (const auto& list : lists_) {
    on_root([&] { fs::rename(list.out, list.out + ".together"); });
    ASSERT_EQ(run(list, test_communicator()), ExitCode::Done);
    on_root([&] {
      const fs::path together = list.out + ".together";
      expect_near_texts(read_file(together / "scores.tsv"), read_file(list.out + "/scores.tsv"));
      if (list.out == lists_.front().out) {
        EXPECT_EQ(all_files(together), all_files(list.out));
      }
    });
  }
}

TEST_F(EvaluateLists, MakeTheResultsThatLackFromScoresThatAreKept) {
  set_stop_requested(true);
  EXPECT_EQ(run_together(), ExitCode::Interrupted);
  set_stop_requested(false);
  EXPECT_TRUE(fs::exists(root_ / "scores" / "inputs.json"));
  test_communicator().barrier();
  ASSERT_EQ(run(lists_[1], test_communicator()), ExitCode::Done);  // meanwhile, by itself
  const auto written = fs::last_write_time(fs::path(lists_[1].out) / "results.json");

  EXPECT_EQ(run_together(), ExitCode::Done);

  EXPECT_EQ(fs::last_write_time(fs::path(lists_[1].out) / "results.json"), written);
  EXPECT_TRUE(fs::exists(fs::path(lists_[2].out) / "results.json"));
  EXPECT_FALSE(fs::exists(root_ / "scores"));
}

}  // namespace
}  // namespace codectrace::evaluate
