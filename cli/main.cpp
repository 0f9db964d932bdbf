#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <thread>

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/evaluate_command.h"
#include "cli/job.h"
#include "cli/preprocess_command.h"
#include "cli/report_command.h"
#include "cli/shard_command.h"
#include "cli/train_command.h"
#include "comm/create.h"
#include "comm/launcher.h"
#include "comm/mpi_session.h"
#include "core/error.h"
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

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.description("Traces codec-made speech deepfakes to the kind of neural codec that made them.");
  app.set_version_flag("--version", CODECTRACE_VERSION);
  app.add_flag("--quiet", options.quiet, "Warnings and errors only");
  app.add_flag("--verbose", options.verbose, "Details of what is done");
  const std::map<std::string, comm::Backend> backends{{"auto", comm::Backend::Auto},
                                                      {"self", comm::Backend::Self},
                                                      {"mpi", comm::Backend::Mpi},
                                                      {"nccl", comm::Backend::Nccl}};
  app.add_option("--comm", options.backend, "How ranks talk: auto (default), self, mpi, nccl")
      ->transform(CLI::CheckedTransformer(backends).description("auto|self|mpi|nccl"));
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

struct Failure {
  ExitCode code;
  std::string message;
};

/// What an exception means to the user; call from a catch block.
Failure current_failure() {
  try {
    throw;
  } catch (const Error& error) {
    const bool show_place = error.kind() == ErrorKind::Environment;
    return {error.exit_code(),
            show_place ? fmt::format("{} ({})", error.what(), error.place()) : error.what()};
  } catch (const std::bad_alloc&) {
    return {ExitCode::Environment, "out of memory; use a smaller batch, or fewer ranks a machine"};
  } catch (const c10::Error& error) {
    return {ExitCode::Environment, error.what_without_backtrace()};
  } catch (const std::exception& error) {
    return {ExitCode::Environment, error.what()};
  }
}

void report(const std::string& subcommand, const Failure& failure) {
  log::flush_repeats();
  std::fputs(
      fmt::format("codectrace {}: {}{}\n", subcommand, rank_prefix(), failure.message).c_str(),
      stderr);
  std::fflush(stderr);
}

/// Says it once and ends all ranks, so that none waits for one that is gone. An error that all
/// ranks have is rank 0's to tell: its abort ends the others before they speak.
[[noreturn]] void fail_together(comm::Communicator& comm, const std::string& subcommand,
                                const Failure& failure) {
  constexpr auto kHeadStart = std::chrono::seconds(2);
  if (!comm.is_root()) std::this_thread::sleep_for(kHeadStart);
  report(subcommand, failure);
  comm.abort(static_cast<int>(failure.code));
  std::_Exit(static_cast<int>(failure.code));
}

int run(const std::string& subcommand, const Job& job, comm::Backend backend) {
  const auto session = comm::launched_by_mpi() ? std::make_unique<comm::MpiSession>() : nullptr;
  const auto comm = comm::create(backend);
  set_thread_count(*comm);
  install_stop_signals();
  try {
    const ExitCode code = job(*comm);
    log::flush_repeats();
    return static_cast<int>(code);
  } catch (...) {
    fail_together(*comm, subcommand, current_failure());
  }
}

int main_of(int argc, char** argv) {
  CLI::App app;
  GlobalOptions options;
  Job job;
  add_global_options(app, options);
  add_evaluate(app, job);
  add_preprocess(app, job);
  add_report(app, job);
  add_shard(app, job);
  add_train(app, job);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::Usage);
  }
  log::set_level(options.quiet     ? log::Level::Quiet
                 : options.verbose ? log::Level::Verbose
                                   : log::Level::Normal);
  const std::string subcommand = app.get_subcommands().front()->get_name();
  try {
    return run(subcommand, job, options.backend);
  } catch (...) {
    const Failure failure = current_failure();
    report(subcommand, failure);
    return static_cast<int>(failure.code);
  }
}

}  // namespace
}  // namespace codectrace::cli

int main(int argc, char** argv) { return codectrace::cli::main_of(argc, argv); }
