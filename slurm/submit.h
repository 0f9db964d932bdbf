#pragma once

#include <string>
#include <vector>

namespace codectrace::slurm {

/// Hands a script to sbatch, on its standard input.
/// @param after  ids of jobs that must end well first (afterok); a job whose turn can't come any
///               more is removed from the queue
/// @returns the job's id
/// @throws Error(Usage) with sbatch's own text if it refuses; Error(Environment) if there is no
/// sbatch
[[nodiscard]] std::string submit(const std::string& script, const std::vector<std::string>& after);

}  // namespace codectrace::slurm
