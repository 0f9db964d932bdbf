#include "comm/launcher.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/expect_error.h"

namespace codectrace::comm {
namespace {

Launch launch_with(const std::map<std::string, std::string>& variables) {
  return launch([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

void expect_launch(const Launch& found, int rank, int size, bool through_mpi) {
  EXPECT_EQ(found.rank, rank);
  EXPECT_EQ(found.size, size);
  EXPECT_EQ(found.through_mpi, through_mpi);
}

TEST(Launch, IsOneOfOneWithoutALauncher) { expect_launch(launch_with({}), 0, 1, false); }

TEST(Launch, KnowsMpirun) {
  expect_launch(launch_with({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}}), 2, 4,
                true);
}

TEST(Launch, KnowsMpirunInsideAJobStepOfSlurm) {
  expect_launch(launch_with({{"OMPI_COMM_WORLD_RANK", "0"},
                             {"OMPI_COMM_WORLD_SIZE", "1"},
                             {"SLURM_STEP_ID", "0"},
                             {"SLURM_PROCID", "1"},
                             {"SLURM_STEP_NUM_TASKS", "2"}}),
                0, 1, true);
}

TEST(Launch, KnowsTheMpirunOfAnotherMpi) {
  expect_launch(launch_with({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}), 1, 2, true);
}

TEST(Launch, KnowsSrunWithPmix) {
  expect_launch(launch_with({{"PMIX_RANK", "3"},
                             {"SLURM_STEP_ID", "0"},
                             {"SLURM_PROCID", "3"},
                             {"SLURM_NTASKS", "8"}}),
                3, 8, true);
}

TEST(Launch, KnowsSrunWithoutMpi) {
  expect_launch(launch_with({{"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "4"}}),
                1, 4, false);
}

TEST(Launch, TakesABatchScriptForOneProcessThoughItsJobHasMoreTasks) {
  expect_launch(launch_with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}), 0, 1, false);
}

TEST(Launch, TakesAStepsTasksRatherThanItsJobs) {
  expect_launch(launch_with({{"SLURM_STEP_ID", "0"},
                             {"SLURM_PROCID", "0"},
                             {"SLURM_STEP_NUM_TASKS", "1"},
                             {"SLURM_NTASKS", "4"}}),
                0, 1, false);
}

TEST(Launch, IsSpreadWhereNotAllRanksAreOnThisMachine) {
  EXPECT_FALSE(launch_with({}).is_spread);
  EXPECT_FALSE(
      launch_with({{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"}}).is_spread);
  EXPECT_TRUE(
      launch_with({{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}}).is_spread);
  EXPECT_FALSE(launch_with({{"PMIX_RANK", "0"}, {"SLURM_STEP_NUM_NODES", "1"}}).is_spread);
  EXPECT_TRUE(launch_with({{"PMIX_RANK", "0"}, {"SLURM_STEP_NUM_NODES", "2"}}).is_spread);
  EXPECT_TRUE(launch_with({{"PMI_RANK", "0"}}).is_spread) << "it isn't told";
}

TEST(RanksAreJoined, WhereMpiFindsThemOrThereIsOne) {
  EXPECT_NO_THROW(check_ranks_are_joined({.rank = 0, .size = 4, .through_mpi = true}, 4));
  EXPECT_NO_THROW(check_ranks_are_joined({}, 1));
}

TEST(RanksAreJoined, NotWhereEachFindsItselfAlone) {
  test::expect_error(
      ErrorKind::Usage, [] { check_ranks_are_joined({.rank = 1, .size = 4}, 1); },
      "4 tasks were started", "srun --mpi=pmix", "mpirun", "--comm self");
  test::expect_error(
      ErrorKind::Usage,
      [] { check_ranks_are_joined({.rank = 1, .size = 4, .through_mpi = true}, 1); },
      "4 tasks were started", "srun --mpi=pmix", "mpirun");
}

}  // namespace
}  // namespace codectrace::comm
