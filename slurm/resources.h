#pragma once

#include <array>
#include <string>

#include "core/config.h"

namespace codectrace::slurm {

enum class Launcher { Srun, Mpirun };
constexpr std::array<config::EnumName<Launcher>, 2> enum_names(Launcher) {
  return {{{Launcher::Srun, "srun"}, {Launcher::Mpirun, "mpirun"}}};
}

/// What a job asks of the cluster, and how its ranks are started. Empty and 0: not said.
struct Resources {
  int nodes = 1;
  int ranks_per_node = 0;
  int gpus_per_node = 0;
  int cpus_per_rank = 0;
  std::string time;
  std::string partition;
  std::string account;
  std::string qos;
  std::string mem;
  std::string constraint;
  int grace_s = 300;
  int max_requeues = 50;
  Launcher launcher = Launcher::Srun;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("nodes", self.nodes, config::between(1, 100000), "machines");
    visit("ranks_per_node", self.ranks_per_node, config::between(0, 4096),
          "0: one a GPU, without GPUs one");
    visit("gpus_per_node", self.gpus_per_node, config::between(0, 64), "0: none");
    visit("cpus_per_rank", self.cpus_per_rank, config::between(0, 4096),
          "0: whole nodes, their CPUs shared evenly by the ranks");
    visit("time", self.time, config::any(), "limit, as sbatch --time; empty: the partition's");
    visit("partition", self.partition, config::any(), "empty: the cluster's own");
    visit("account", self.account, config::any(), "empty: your own");
    visit("qos", self.qos, config::any(), "empty: the cluster's own");
    visit("mem", self.mem, config::any(), "a node, as sbatch --mem; 0: all of it");
    visit("constraint", self.constraint, config::any(), "features, as sbatch --constraint");
    visit("grace_s", self.grace_s, config::between(1, 65535),
          "seconds before the time limit at which a job saves, stops and requeues itself");
    visit("max_requeues", self.max_requeues, config::at_least(0), "then it is left as it is");
    visit("launcher", self.launcher, config::any(), "what starts the ranks");
  }

  [[nodiscard]] int ranks_on_a_node() const {
    if (ranks_per_node > 0) return ranks_per_node;
    return gpus_per_node > 0 ? gpus_per_node : 1;
  }
  [[nodiscard]] int ranks() const { return nodes * ranks_on_a_node(); }
};

/// Texts become lines that sbatch reads: anything but the characters such values have is refused.
/// @throws Error(Usage) naming the option
void check(const Resources& resources);

}  // namespace codectrace::slurm
