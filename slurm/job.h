#pragma once

#include <optional>
#include <string>
#include <vector>

#include "slurm/resources.h"

namespace codectrace::slurm {

/// One command of a job: the whole of it, or a task of its array.
struct Task {
  std::vector<std::string> arguments;  ///< of the program: "train", "--config", …
  std::vector<std::string> at_first;   ///< more of them, but not once the job was requeued
  std::string out;                     ///< folder it makes; OUT.jobs.jsonl tells what becomes of it
};

/// What is asked for: everything that a script is made of.
struct Job {
  std::string name;
  std::string program;  ///< path of codectrace on the nodes
  std::string log_folder = "slurm-logs";
  Resources resources;
  std::vector<Task> tasks;
  std::vector<int> task_ids;  ///< of an array, one a task; empty: a single job
  std::string array;          ///< sbatch --array; empty: a single job
};

}  // namespace codectrace::slurm
