#include "comm/launcher.h"

#include <cstdlib>
#include <initializer_list>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::comm {
namespace {

/// The first of the variables that is set.
int number_in(const Variables& variables, std::initializer_list<const char*> names, int otherwise) {
  for (const char* name : names) {
    if (const char* text = variables(name)) return std::atoi(text);
  }
  return otherwise;
}

}  // namespace

Launch launch() {
  return launch([](const char* name) { return std::getenv(name); });
}

Launch launch(const Variables& variables) {
  const auto has = [&](const char* name) { return variables(name) != nullptr; };
  // A job's own number of tasks comes after the step's: "srun -n 1" in a job of four is alone.
  const int slurm_tasks = number_in(variables, {"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"}, 1);
  if (has("OMPI_COMM_WORLD_SIZE")) {
    const int size = number_in(variables, {"OMPI_COMM_WORLD_SIZE"}, 1);
    return {.rank = number_in(variables, {"OMPI_COMM_WORLD_RANK"}, 0),
            .size = size,
            .through_mpi = true,
            .is_spread = number_in(variables, {"OMPI_COMM_WORLD_LOCAL_SIZE"}, 1) < size};
  }
  if (has("PMIX_RANK") || has("PMI_RANK")) {
    const int pmi_size = number_in(variables, {"PMI_SIZE"}, 1);
    return {.rank = number_in(variables, {"PMIX_RANK", "PMI_RANK"}, 0),
            .size = pmi_size > 1 ? pmi_size : slurm_tasks,
            .through_mpi = true,
            .is_spread = number_in(variables, {"SLURM_STEP_NUM_NODES"}, 2) > 1};
  }
  // A batch script has the number of tasks as well, but is one process and no step.
  if (has("SLURM_STEP_ID") && has("SLURM_PROCID")) {
    return {.rank = number_in(variables, {"SLURM_PROCID"}, 0), .size = slurm_tasks};
  }
  return {};
}

bool launched_by_mpi() {
  // A single rank under a launcher is "self" as well: nothing to talk to.
  const Launch how = launch();
  return how.through_mpi && how.size > 1;
}

void check_ranks_are_joined(const Launch& launch, int mpi_size) {
  if (launch.size <= 1 || mpi_size > 1) return;
  throw Error(
      ErrorKind::Usage,
      fmt::format("{} tasks were started, but each finds itself alone; use srun --mpi=pmix, "
                  "or the mpirun of the MPI that codectrace was built with{}",
                  launch.size, launch.through_mpi ? "" : "; for one task by itself, --comm self"));
}

}  // namespace codectrace::comm
