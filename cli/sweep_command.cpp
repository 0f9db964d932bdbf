#include "cli/sweep_command.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/heap.h"
#include "evaluate/sweep.h"

namespace codectrace::cli {
namespace {

struct SweepOptions {
  std::filesystem::path file;
  std::vector<std::string> overrides;
};

evaluate::SweepConfig resolved(const SweepOptions& options) {
  auto document = config::Document::from_file(options.file);
  for (const auto& assignment : options.overrides) document.set(assignment);
  return config::read<evaluate::SweepConfig>(document);
}

}  // namespace

void add_sweep(CLI::App& app, Job& job) {
  auto options = std::make_shared<SweepOptions>();
  auto* command = app.add_subcommand("sweep", "Evaluate checkpoints on lists, and compare");
  command->add_option("FILE", options->file, "TOML file; see configs/evaluate/sweep.toml")
      ->required();
  command->add_option("--set", options->overrides, "KEY=VALUE, wins over the file; repeatable")
      ->allow_extra_args(false);
  command->footer(
      "Lists of one corpus share a pass of each checkpoint; ranks work at passes in groups (the\n"
      "file's key groups), one a machine unless it says otherwise.\n"
      "What is finished is recognised: the same command goes on after an interruption.\n"
      "As jobs of Slurm: codectrace submit sweep.\n"
      "Example:\n  mpirun -n 8 codectrace sweep configs/evaluate/sweep.toml");
  command->callback([options, &job] {
    job = [options](comm::Communicator& comm) {
      keep_freed_memory();
      return evaluate::run_sweep(resolved(*options), comm);
    };
  });
}

}  // namespace codectrace::cli
