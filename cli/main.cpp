#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/checkpoint_command.h"
#include "cli/command_line_error.h"
#include "cli/compare_command.h"
#include "cli/evaluate_command.h"
#include "cli/job.h"
#include "cli/metrics_command.h"
#include "cli/preprocess_command.h"
#include "cli/report_command.h"
#include "cli/score_command.h"
#include "cli/shard_command.h"
#include "cli/status_command.h"
#include "cli/submit_command.h"
#include "cli/sweep_command.h"
#include "cli/train_command.h"
#include "comm/agreement.h"
#include "comm/create.h"
#include "comm/launcher.h"
#include "comm/mpi_session.h"
#include "comm/turn_to_speak.h"
#include "core/error.h"
#include "core/failure.h"
#include "core/log.h"
#include "core/rank.h"
#include "core/stop_signal.h"

namespace codectrace::cli {
namespace {

struct GlobalOptions {
  bool quiet = false;
  bool verbose = false;
  comm::Backend backend = comm::Backend::Auto;
};

comm::Backend backend_named(const std::string& name) {
  const std::map<std::string, comm::Backend> backends{{"auto", comm::Backend::Auto},
                                                      {"self", comm::Backend::Self},
                                                      {"mpi", comm::Backend::Mpi},
                                                      {"nccl", comm::Backend::Nccl}};
  const auto found = backends.find(name);
  if (found != backends.end()) return found->second;
  throw CLI::ValidationError("--comm", name + " is unknown; it is auto, self, mpi or nccl");
}

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.description("Traces codec-made speech deepfakes to the kind of neural codec that made them.");
  app.set_version_flag("--version", CODECTRACE_VERSION);
  app.add_flag("--quiet", options.quiet, "Warnings and errors only");
  app.add_flag("--verbose", options.verbose, "Details of what is done");
  app.add_option_function<std::string>(
         "--comm", [&options](const std::string& name) { options.backend = backend_named(name); },
         "How ranks talk: auto (default), self, mpi, nccl")
      ->type_name("auto|self|mpi|nccl");
  app.fallthrough();  // global options also after the subcommand
  app.require_subcommand(1);
  app.footer(
      "Put mpirun -n N or srun in front to run on several ranks. codectrace COMMAND --help has "
      "examples.");
}

/// Cores shared evenly by the ranks of a machine, unless OMP_NUM_THREADS says otherwise.
void set_thread_count(const comm::Communicator& comm) {
  if (std::getenv("OMP_NUM_THREADS") != nullptr) return;
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  at::set_num_threads(std::max(1, cores / comm.local_size()));
}

/// On stderr, after what was printed before: an abort flushes nothing.
void report(const std::string& subcommand, const std::string& message) {
  std::fflush(stdout);
  log::flush_repeats();
  std::fputs(fmt::format("codectrace {}: {}\n", subcommand, message).c_str(), stderr);
  std::fflush(stderr);
}

/// Says it once and ends all ranks, so that none waits for one that is gone. An error that all
/// ranks have, or know of, is rank 0's to tell.
[[noreturn]] void fail_together(comm::Communicator* comm, const std::string& subcommand,
                                const std::string& message, ExitCode exit_code) {
  if (comm::wait_for_turn(comm::launch().rank)) report(subcommand, message);
  const int code = static_cast<int>(exit_code);
  if (comm != nullptr) comm->abort(code);
  comm::abort_job(code);
}

/// Else each would do its part of another job, and wait for the others' parts of its own.
void agree_on_job(comm::Communicator& comm, const std::string& subcommand) {
  comm::agree(comm, "the program's version", CODECTRACE_VERSION);
  comm::agree(comm, "the subcommand", subcommand);
}

int run(const std::string& subcommand, const Job& job, comm::Backend backend) {
  // Outside the try block: after an error they are left as they are, since to leave MPI in order
  // all ranks must come.
  std::unique_ptr<comm::MpiSession> session;
  std::unique_ptr<comm::Communicator> comm;
  try {
    if (comm::launched_by_mpi()) session = std::make_unique<comm::MpiSession>();
    comm = comm::create(backend);
    set_thread_count(*comm);
    install_stop_signals();
    agree_on_job(*comm, subcommand);
    const ExitCode code = job(*comm);
    log::flush_repeats();
    return static_cast<int>(code);
  } catch (const comm::ErrorOfAnotherRank& error) {
    fail_together(comm.get(), subcommand, error.what(), error.exit_code());
  } catch (...) {
    const Error error = error_of(std::current_exception());
    fail_together(comm.get(), subcommand, rank_prefix() + told(error), error.exit_code());
  }
}

/// Says what is wrong with the command line. All ranks have the same one.
int reject(const CLI::App& app, const CLI::ParseError& error) {
  if (comm::wait_for_turn(comm::launch().rank)) {
    std::fputs((command_line_error(app, error) + "\n").c_str(), stderr);
  }
  return static_cast<int>(ExitCode::Usage);
}

int main_of(int argc, char** argv) {
  CLI::App app;
  GlobalOptions options;
  Job job;
  add_global_options(app, options);
  add_checkpoint(app, job);
  add_evaluate(app, job);
  add_metrics(app, job);
  add_preprocess(app, job);
  add_sweep(app, job);
  add_compare(app, job);
  add_report(app, job);
  add_score(app, job);
  add_shard(app, job);
  add_status(app, job);
  add_submit(app, job);
  add_train(app, job);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    return reject(app, error);
  }
  log::set_level(options.quiet     ? log::Level::Quiet
                 : options.verbose ? log::Level::Verbose
                                   : log::Level::Normal);
  return run(app.get_subcommands().front()->get_name(), job, options.backend);
}

}  // namespace
}  // namespace codectrace::cli

int main(int argc, char** argv) { return codectrace::cli::main_of(argc, argv); }
