#include "cli/submit_command.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/choice_option.h"
#include "cli/submit_check.h"
#include "core/atomic_file.h"
#include "core/shipped_file.h"
#include "evaluate/sweep.h"
#include "slurm/render.h"
#include "slurm/shell_quote.h"
#include "slurm/stage_request.h"
#include "slurm/submit.h"

namespace codectrace::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using slurm::Resources;
using slurm::Stage;
using slurm::StageRequest;

struct SubmitOptions {
  StageRequest request;  // of a single stage
  std::string pipeline;  // file of a pipeline
  std::vector<std::string> pipeline_set;
  std::vector<std::function<void(Resources&)>> resources;  // as given; they win over the file
  std::optional<slurm::Launcher> launcher;
  std::string template_file = "slurm/templates/job.sbatch";
  std::string program;
  std::string logs = "slurm-logs";
  bool dry_run = false;
  bool json = false;
};

/// A job and what must end well before it.
struct Planned {
  Stage stage;
  slurm::Job job;
};

std::string this_program() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).string();
}

/// Reads the stage's own file too, unless it is made with the job.
enum class StageFile { Given, Made };

Planned planned(Stage stage, StageRequest request, const SubmitOptions& options,
                StageFile file = StageFile::Given) {
  for (const auto& apply : options.resources) apply(request.resources);
  if (options.launcher) request.resources.launcher = *options.launcher;
  // The options' ranges are the keys'.
  request.resources = config::read<Resources>(
      config::Document::from_text(config::dump(request.resources), "the job's resources, line"));
  auto job =
      slurm::make_job(stage, request, options.program.empty() ? this_program() : options.program);
  job.log_folder = options.logs;
  if (file == StageFile::Given) {
    for (const auto& task : job.tasks) check_task(stage, task, job.resources);
  }
  return {stage, std::move(job)};
}

std::vector<Planned> plan_pipeline(const SubmitOptions& options) {
  auto document = config::Document::from_file(options.pipeline);
  for (const auto& assignment : options.pipeline_set) document.set(assignment);
  auto pipeline = config::read<slurm::Pipeline>(document);
  if (pipeline.evaluate.checkpoint.empty()) pipeline.evaluate.checkpoint = pipeline.train.out;
  std::vector<Planned> jobs;
  const std::vector<std::pair<Stage, const StageRequest*>> stages{
      {Stage::Preprocess, &pipeline.preprocess},
      {Stage::Train, &pipeline.train},
      {Stage::Evaluate, &pipeline.evaluate}};
  for (const auto& [stage, request] : stages) {
    if (!request->out.empty()) jobs.push_back(planned(stage, *request, options));
  }
  if (jobs.empty()) {
    throw Error(
        ErrorKind::Usage,
        options.pipeline + " has no stage: no [preprocess], [train] or [evaluate] with an out");
  }
  return jobs;
}

/// Slurm doesn't make the log's folder; status finds a queued job by the journal.
void prepare(const slurm::Job& job) {
  make_folders(job.log_folder);
  for (const auto& task : job.tasks) {
    const auto parent = fs::path(task.out).parent_path();
    if (!parent.empty()) make_folders(parent);
  }
}

void note_submitted(const slurm::Job& job, const std::string& id) {
  for (const auto& task : job.tasks) {
    std::ofstream journal(task.out + ".jobs.jsonl", std::ios::app);
    journal << Json{{"time", ""}, {"job", id},     {"event", "submitted"},
                    {"code", 0},  {"restarts", 0}, {"nodes", ""}}
                       .dump() +
                   "\n";
  }
}

void print_follow_up(const Planned& plan, const std::string& id) {
  const auto& r = plan.job.resources;
  fmt::print("{}: job {} ({} task{}), {} node{} with {} rank{}, {} CPUs a rank\n",
             slurm::name_of(plan.stage), id, plan.job.tasks.size(),
             plan.job.tasks.size() > 1 ? "s" : "", r.nodes, r.nodes > 1 ? "s" : "",
             r.ranks_on_a_node(), r.ranks_on_a_node() > 1 ? "s" : "",
             r.cpus_per_rank > 0 ? std::to_string(r.cpus_per_rank) : "all");
  for (const auto& task : plan.job.tasks) {
    fmt::print("  watch    codectrace status {}\n", slurm::shell_quote(task.out));
  }
  fmt::print("           squeue -j {}; log: {}\n", id, slurm::log_pattern(plan.job));
  fmt::print("  cancel   scancel {}\n", id);
  const bool is_new = !plan.job.tasks.front().at_first.empty();
  fmt::print("  resume   the same codectrace submit again{}: finished work is kept\n",
             is_new ? ", without --resume never" : "");
}

ExitCode submit_all(const std::vector<Planned>& jobs, const SubmitOptions& options) {
  const auto file = find_shipped_file(options.template_file);
  const std::string text = read_file(file);
  std::vector<std::string> scripts;
  for (const auto& plan : jobs) scripts.push_back(slurm::render(plan.job, text, file.string()));
  Json listed = Json::array();
  std::vector<std::string> after;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& [stage, job] = jobs[i];
    Json entry{{"stage", slurm::name_of(stage)},
               {"job", nullptr},
               {"after", after},
               {"log", slurm::log_pattern(job)},
               {"out", Json::array()}};
    for (const auto& task : job.tasks) entry["out"].push_back(task.out);
    if (options.dry_run) {
      if (options.json)
        entry["script"] = scripts[i];
      else
        fmt::print("{}", scripts[i]);
    } else {
      prepare(job);
      const auto id = slurm::submit(scripts[i], after);
      note_submitted(job, id);
      entry["job"] = id;
      after = {id};
      if (!options.json) print_follow_up(jobs[i], id);
    }
    listed.push_back(std::move(entry));
  }
  if (options.json)
    fmt::print("{}\n", Json{{"schema", "codectrace.submit/1"}, {"jobs", listed}}.dump(2));
  return ExitCode::Done;
}

template <class T>
void add_resource(CLI::App& command, const std::shared_ptr<SubmitOptions>& options,
                  const std::string& flag, T Resources::*member, const std::string& about) {
  command.add_option_function<T>(
      flag,
      [options = options.get(), member](const T& value) {
        options->resources.emplace_back([member, value](Resources& r) { r.*member = value; });
      },
      about);
}

void add_common(CLI::App& command, const std::shared_ptr<SubmitOptions>& options) {
  const auto add = [&](const std::string& flag, auto member, const std::string& about) {
    add_resource(command, options, flag, member, about);
  };
  add("--nodes", &Resources::nodes, "Machines (1)");
  add("--ranks-per-node", &Resources::ranks_per_node, "One a GPU, without GPUs one");
  add("--gpus-per-node", &Resources::gpus_per_node, "None");
  add("--cpus-per-rank", &Resources::cpus_per_rank, "Without it whole nodes, shared by the ranks");
  add("--time", &Resources::time, "Limit, such as 24:00:00");
  add("--partition", &Resources::partition, "");
  add("--account", &Resources::account, "");
  add("--qos", &Resources::qos, "");
  add("--mem", &Resources::mem, "A node, such as 64G; 0: all of it");
  add("--constraint", &Resources::constraint, "Features of nodes");
  add("--grace", &Resources::grace_s, "Seconds before the limit at which the job saves (300)");
  add("--max-requeues", &Resources::max_requeues, "After that it is left as it is (50)");
  add_choice<slurm::Launcher>(command, "--launcher", options->launcher,
                              "What starts the ranks (srun)");
  command.add_option("--template", options->template_file, "Script to fill in")
      ->capture_default_str();
  command.add_option("--program", options->program, "codectrace on the nodes; this one");
  command.add_option("--logs", options->logs, "Folder of the jobs' output")->capture_default_str();
  command.add_flag("--dry-run", options->dry_run, "Print the script, submit nothing");
  command.add_flag("--json", options->json, "For programs");
}

void add_several(CLI::App& command, const std::string& flag, std::vector<std::string>& values,
                 const std::string& about) {
  command.add_option(flag, values, about)->allow_extra_args(false);
}

std::shared_ptr<SubmitOptions> add_stage(CLI::App& submit, Stage stage, const std::string& about,
                                         Job& job) {
  auto options = std::make_shared<SubmitOptions>();
  auto* command = submit.add_subcommand(std::string(slurm::name_of(stage)), about);
  auto& request = options->request;
  add_several(*command, "--config", request.config, "The stage's TOML file");
  add_several(*command, "--out", request.out, "Directory to make, or to go on with");
  add_several(*command, "--set", request.set, "KEY=VALUE for the stage; repeatable");
  if (stage == Stage::Train) {
    add_several(*command, "--resume", request.resume,
                "Where to begin, as of train: auto, never, or a checkpoint or run directory; once "
                "requeued, the job goes on from its own checkpoints; repeatable");
  } else {
    add_several(*command, "--protocol", request.protocol, "List; repeatable");
  }
  if (stage == Stage::Preprocess)
    add_several(*command, "--audio", request.audio, "Folder of the audio files; repeatable");
  if (stage == Stage::Evaluate) {
    add_several(*command, "--checkpoint", request.checkpoint, "Checkpoint or run; repeatable");
    add_several(*command, "--corpus", request.corpus, "Corpus; repeatable");
  }
  command->add_option("--array", request.array, "Task numbers; {task} in a text is the number");
  add_common(*command, options);
  command->callback([options, stage, &job] {
    job = [options, stage](comm::Communicator& comm) {
      if (!comm.is_root()) return ExitCode::Done;
      return submit_all({planned(stage, options->request, *options)}, *options);
    };
  });
  return options;
}

/// An evaluation a task, each from a file of its own beside its results.
StageRequest sweep_request(const SubmitOptions& options) {
  auto document = config::Document::from_file(options.pipeline);
  for (const auto& assignment : options.pipeline_set) document.set(assignment);
  const auto sweep = config::read<evaluate::SweepConfig>(document);
  StageRequest request;
  const auto items = evaluate::items_of(sweep);
  if (!options.dry_run) evaluate::write_sweep_plan(sweep, items);
  for (const auto& item : items) {
    const auto file = item.out + ".toml";
    if (!options.dry_run) {
      make_folders(fs::path(file).parent_path());
      write_file_atomically(file, config::dump(item));
    }
    request.config.push_back(file);
    request.out.push_back(item.out);
    request.checkpoint.push_back(item.checkpoint);
    request.corpus.push_back(item.corpus);
    request.protocol.push_back(item.protocol);
  }
  return request;
}

void add_sweep_job(CLI::App& submit, Job& job) {
  auto options = std::make_shared<SubmitOptions>();
  auto* command = submit.add_subcommand("sweep", "Evaluate checkpoints on lists, a task each");
  command->add_option("--config", options->pipeline, "The sweep's file")->required();
  add_several(*command, "--set", options->pipeline_set, "KEY=VALUE of that file; repeatable");
  add_common(*command, options);
  command->footer(
      "When all tasks are done, the same sweep compares: codectrace sweep FILE.\n"
      "Example:\n  codectrace submit sweep --config configs/evaluate/sweep.toml --gpus-per-node 1");
  command->callback([options, &job] {
    job = [options](comm::Communicator& comm) {
      if (!comm.is_root()) return ExitCode::Done;
      return submit_all(
          {planned(Stage::Evaluate, sweep_request(*options), *options, StageFile::Made)}, *options);
    };
  });
}

void add_pipeline(CLI::App& submit, Job& job) {
  auto options = std::make_shared<SubmitOptions>();
  auto* command = submit.add_subcommand("pipeline", "preprocess, then train, then evaluate");
  command->add_option("--config", options->pipeline, "TOML file; see configs/slurm")->required();
  add_several(*command, "--set", options->pipeline_set, "KEY=VALUE of that file; repeatable");
  add_common(*command, options);
  command->footer(
      "Example:\n  codectrace submit pipeline --config configs/slurm/pipeline.toml --dry-run");
  command->callback([options, &job] {
    job = [options](comm::Communicator& comm) {
      return comm.is_root() ? submit_all(plan_pipeline(*options), *options) : ExitCode::Done;
    };
  });
}

}  // namespace

void add_submit(CLI::App& app, Job& job) {
  auto* submit = app.add_subcommand("submit", "Hand a stage, or all of them, to Slurm");
  submit->require_subcommand(1);
  submit->footer(
      "A job saves and requeues itself before its time limit; slurm/README.md is the "
      "guide.\nExample:\n"
      "  codectrace submit train --config configs/train/w2v2_aasist_cors.toml --out runs/m1 \\\n"
      "    --nodes 4 --gpus-per-node 4 --cpus-per-rank 8 --time 24:00:00");
  add_stage(*submit, Stage::Preprocess, "Shard audio files", job);
  submit->get_subcommand("preprocess")
      ->footer(
          "Example:\n  codectrace submit preprocess --config configs/preprocess/cors.toml \\\n"
          "    --out corpora/cors --nodes 4 --ranks-per-node 16");
  add_stage(*submit, Stage::Train, "Train a model", job);
  submit->get_subcommand("train")->footer(
      "Example:\n  codectrace submit train --config configs/train/w2v2_aasist_cors.toml --out "
      "runs/m1 \\\n"
      "    --nodes 4 --gpus-per-node 4");
  add_stage(*submit, Stage::Evaluate, "Score lists; several lists are an array of tasks", job);
  submit->get_subcommand("evaluate")
      ->footer(
          "Example:\n  codectrace submit evaluate --checkpoint runs/m1 --corpus corpora/cors --out "
          "results \\\n"
          "    --protocol CoRS_ALL.txt --protocol CoRS_seen.txt --gpus-per-node 1");
  add_sweep_job(*submit, job);
  add_pipeline(*submit, job);
}

}  // namespace codectrace::cli
