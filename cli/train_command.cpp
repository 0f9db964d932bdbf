#include "cli/train_command.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/folder_name.h"
#include "core/heap.h"
#include "train/config.h"
#include "train/run.h"

namespace codectrace::cli {
namespace {

struct TrainOptions {
  std::filesystem::path config;
  std::filesystem::path out;
  std::vector<std::string> overrides;
  std::string resume = "auto";
};

train::Config resolved(const TrainOptions& options) {
  auto document = config::Document::from_file(options.config);
  for (const std::string& assignment : options.overrides) document.set(assignment);
  auto config = config::read<train::Config>(document);
  config.out = folder_name(options.out);
  config.resume = train::parse_resume(options.resume);
  return config;
}

}  // namespace

void add_train(CLI::App& app, Job& job) {
  auto options = std::make_shared<TrainOptions>();
  auto* command = app.add_subcommand("train", "Train a model data-parallel over MPI ranks");
  command->add_option("--config", options->config, "TOML job file")->required();
  command->add_option("--out", options->out, "Run directory, made if missing")->required();
  command->add_option("--set", options->overrides, "KEY=VALUE, wins over the file; repeatable")
      ->allow_extra_args(false);  // else it would swallow what follows
  command
      ->add_option("--resume", options->resume,
                   "auto: go on from the run directory's last checkpoint; never: refuse one that "
                   "has checkpoints; or a checkpoint or run directory of the same model, whatever "
                   "else its config says: once --out has checkpoints of its own, the same command "
                   "goes on from those, and \"best\" is one of them")
      ->capture_default_str();
  command->footer(
      "SIGUSR1 or SIGTERM saves a checkpoint and exits with 75: the same command goes on. mpirun\n"
      "passes SIGUSR1 on, but ends its ranks at once on SIGTERM.\n"
      "Example:\n"
      "  mpirun -n 4 codectrace train --config configs/train/w2v2_aasist_cors.toml --out runs/m1");
  command->callback([options, &job] {
    job = [options](comm::Communicator& comm) {
      keep_freed_memory();
      return train::run(resolved(*options), comm);
    };
  });
}

}  // namespace codectrace::cli
