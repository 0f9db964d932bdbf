#pragma once

#include <functional>

namespace codectrace::comm {

/// The value of an environment variable, null if it isn't set: std::getenv, or a test's own.
using Variables = std::function<const char*(const char*)>;

/// How this process was started.
struct Launch {
  int rank = 0;
  int size = 1;              ///< processes of the job
  bool through_mpi = false;  ///< false: they can't talk to each other
  bool is_spread = false;    ///< over several machines, or the launcher doesn't tell
};

/// What mpirun or srun say in the environment; one of one without them.
[[nodiscard]] Launch launch();
[[nodiscard]] Launch launch(const Variables& variables);

/// True if a launcher started this process as one of several that can talk to each other.
[[nodiscard]] bool launched_by_mpi();

/// @param mpi_size  ranks that MPI found; 1 without MPI
/// @throws Error(Usage) if several processes were started but each would take itself for the whole
///         job, and write the same output
void check_ranks_are_joined(const Launch& launch, int mpi_size);

}  // namespace codectrace::comm
