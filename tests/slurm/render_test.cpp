#include "slurm/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/atomic_file.h"
#include "slurm/array_tasks.h"
#include "slurm/shell_quote.h"
#include "slurm/stage_request.h"
#include "tests/support/expect_error.h"

namespace codectrace::slurm {
namespace {

using test::expect_error;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

StageRequest training() {
  StageRequest request;
  request.config = {"m1.toml"};
  request.out = {"runs/m1"};
  return request;
}

std::string script_of(const Job& job) {
  const std::string file = std::string(CT_SOURCE_DIR) + "/slurm/templates/job.sbatch";
  return render(job, read_file(file), "job.sbatch");
}

TEST(ShellQuote, LeavesPlainWordsAndQuotesAllOthers) {
  EXPECT_EQ(shell_quote("runs/m-1.x"), "runs/m-1.x");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("$(rm -rf x)`y`"), "'$(rm -rf x)`y`'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
}

TEST(ArrayTasks, AreThoseOfSbatch) {
  EXPECT_THAT(array_tasks("0-3,7"), ElementsAre(0, 1, 2, 3, 7));
  EXPECT_THAT(array_tasks("1-9:4%2"), ElementsAre(1, 5, 9));
}

TEST(ArrayTasks, RefusesWhatIsNone) {
  for (const char* text : {"", "x", "1-", "3-1", "1,1", "0-100000", "1;ls", "1\n2"}) {
    SCOPED_TRACE(text);
    expect_error(
        ErrorKind::Usage, [&] { static_cast<void>(array_tasks(text)); }, "--array");
  }
}

TEST(Render, AsksForNodesRanksWarningAndRequeue) {
  auto request = training();
  request.resources.nodes = 4;
  request.resources.gpus_per_node = 2;
  request.resources.cpus_per_rank = 8;

  const auto script = script_of(make_job(Stage::Train, request, "/opt/codectrace"));

  for (const char* line :
       {"#SBATCH --nodes=4\n", "#SBATCH --ntasks-per-node=2\n", "#SBATCH --cpus-per-task=8\n",
        "#SBATCH --gpus-per-node=2\n", "#SBATCH --requeue\n", "#SBATCH --signal=B:USR1@300\n",
        "srun --mpi=pmix --nodes=4 --ntasks=8", "program=(/opt/codectrace)\n",
        "command=(train --config m1.toml --out runs/m1)\n"}) {
    EXPECT_THAT(script, HasSubstr(line));
  }
  EXPECT_THAT(script, Not(HasSubstr("{{")));
  EXPECT_THAT(script, Not(HasSubstr("--exclusive")));
}

TEST(Render, TakesWholeNodesIfNothingIsSaidOfCpus) {
  EXPECT_THAT(script_of(make_job(Stage::Train, training(), "c")),
              HasSubstr("#SBATCH --exclusive\n"));
}

TEST(Render, KeepsWhatTheUserGaveAsData) {
  auto request = training();
  request.out = {"runs/a'; touch owned; '\n#SBATCH --uid=0"};

  const auto job = make_job(Stage::Train, request, "c");
  const auto script = script_of(job);

  EXPECT_EQ(job.name.find_first_of("'; \n"), std::string::npos);
  EXPECT_THAT(script, HasSubstr("--out 'runs/a'\\''; touch owned; '\\''\n#SBATCH --uid=0')"));
}

TEST(Render, RefusesTextsThatWouldBecomeLinesOfTheScript) {
  auto request = training();
  request.resources.partition = "gpu\n#SBATCH --uid=0";
  expect_error(
      ErrorKind::Usage, [&] { static_cast<void>(script_of(make_job(Stage::Train, request, "c"))); },
      "--partition");
}

TEST(Render, NamesTheLineOfAnUnknownPlaceholderAndTheNearestKnownOne) {
  const auto job = make_job(Stage::Train, training(), "c");
  const std::string text = "{{directives}}\n{{program}}{{launch}}{{command}}\n{{max_requeue}}\n";
  expect_error(
      ErrorKind::Usage, [&] { static_cast<void>(render(job, text, "site.sbatch")); },
      "site.sbatch:3", "max_requeue", "did you mean max_requeues?");
  expect_error(
      ErrorKind::Usage, [&] { static_cast<void>(render(job, "{{directives}}", "site.sbatch")); },
      "site.sbatch has no {{program}}");
}

TEST(MakeJob, GivesEachListATaskAndAFolderOfItsOwn) {
  StageRequest request;
  request.checkpoint = {"runs/m1"};
  request.corpus = {"corpora/cors"};
  request.protocol = {"lists/a.txt", "lists/b.txt"};
  request.out = {"results"};

  const auto job = make_job(Stage::Evaluate, request, "c");

  EXPECT_EQ(job.array, "0-1");
  ASSERT_EQ(job.tasks.size(), 2U);
  EXPECT_EQ(job.tasks[1].out, "results/b");
  EXPECT_THAT(job.tasks[1].arguments,
              ElementsAre("evaluate", "--checkpoint", "runs/m1", "--corpus", "corpora/cors",
                          "--protocol", "lists/b.txt", "--out", "results/b"));
}

TEST(MakeJob, PutsTheTaskNumberWhereItIsWanted) {
  auto request = training();
  request.array = "1,3";
  request.set = {"train.seed={task}"};
  request.out = {"runs/seed-{task}"};

  const auto job = make_job(Stage::Train, request, "c");

  EXPECT_EQ(job.tasks.at(1).out, "runs/seed-3");
  EXPECT_THAT(job.tasks[1].arguments, testing::Contains("train.seed=3"));
}

TEST(MakeJob, BeginsAnewOnlyWhenItStartsFirst) {
  auto request = training();
  request.resume = {"never"};

  const auto job = make_job(Stage::Train, request, "c");

  EXPECT_THAT(job.tasks.at(0).arguments, testing::Not(testing::Contains("--resume")));
  EXPECT_THAT(job.tasks[0].at_first, ElementsAre("--resume", "never"));
}

TEST(MakeJob, RefusesTasksThatWouldMakeTheSameFolder) {
  auto request = training();
  request.array = "0-1";
  expect_error(
      ErrorKind::Usage, [&] { static_cast<void>(make_job(Stage::Train, request, "c")); }, "runs/m1",
      "{task}");
}

}  // namespace
}  // namespace codectrace::slurm
