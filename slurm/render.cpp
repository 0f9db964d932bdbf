#include "slurm/render.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/suggestion.h"
#include "slurm/shell_quote.h"

namespace codectrace::slurm {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

std::string directives(const Job& job) {
  const Resources& r = job.resources;
  std::vector<std::string> options{
      "job-name=" + job.name,
      fmt::format("nodes={}", r.nodes),
      fmt::format("ntasks-per-node={}", r.ranks_on_a_node()),
  };
  if (r.cpus_per_rank > 0) {
    options.push_back(fmt::format("cpus-per-task={}", r.cpus_per_rank));
  } else {
    options.emplace_back("exclusive");
  }
  if (r.gpus_per_node > 0) options.push_back(fmt::format("gpus-per-node={}", r.gpus_per_node));
  const std::vector<std::pair<std::string, const std::string*>> texts{
      {"time", &r.time}, {"partition", &r.partition},   {"account", &r.account}, {"qos", &r.qos},
      {"mem", &r.mem},   {"constraint", &r.constraint}, {"array", &job.array}};
  for (const auto& [option, value] : texts) {
    if (!value->empty()) options.push_back(fmt::format("{}={}", option, *value));
  }
  options.push_back("output=" + log_pattern(job));
  options.emplace_back("open-mode=append");  // a requeued job goes on in the same log
  options.emplace_back("requeue");
  options.push_back(fmt::format("signal=B:USR1@{}", r.grace_s));
  return fmt::format("#SBATCH --{}", fmt::join(options, "\n#SBATCH --"));
}

std::string command_of(const Task& task) {
  auto text = fmt::format("command=({})\n", shell_line(task.arguments));
  if (!task.at_first.empty()) {
    text += fmt::format("if ((${{SLURM_RESTART_COUNT:-0}} == 0)); then command+=({}); fi\n",
                        shell_line(task.at_first));
  }
  return text + "journal=" + shell_quote(task.out + ".jobs.jsonl");
}

std::string command(const Job& job) {
  if (job.task_ids.empty()) return command_of(job.tasks.front());
  std::string cases = "case $SLURM_ARRAY_TASK_ID in\n";
  for (std::size_t i = 0; i < job.tasks.size(); ++i) {
    cases += fmt::format("{})\n{}\n;;\n", job.task_ids[i], command_of(job.tasks[i]));
  }
  return cases + "*) echo \"no task $SLURM_ARRAY_TASK_ID in this job\" >&2; exit 2 ;;\nesac";
}

/// With $cpus the CPUs of a rank, which are known in the allocation only.
std::string launch(const Resources& r) {
  if (r.launcher == Launcher::Mpirun) {
    return fmt::format("mpirun -n {} --map-by \"ppr:{}:node:PE=$cpus\" --bind-to core", r.ranks(),
                       r.ranks_on_a_node());
  }
  // --wait: when a rank ends and the others don't, they wait for it in vain.
  return fmt::format(
      "srun --mpi=pmix --nodes={} --ntasks={} --ntasks-per-node={} --cpus-per-task=\"$cpus\" "
      "--cpu-bind=cores --wait=60",
      r.nodes, r.ranks(), r.ranks_on_a_node());
}

std::string filled(std::string_view text, const Values& values, std::string_view name) {
  std::string script;
  std::vector<std::string> known;
  for (const auto& [key, value] : values) known.push_back(key);
  std::size_t position = 0;
  for (auto open = text.find("{{"); open != std::string_view::npos;
       open = text.find("{{", position)) {
    const auto close = text.find("}}", open);
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(open), '\n');
    const std::string key(
        text.substr(open + 2, close == std::string_view::npos ? 0 : close - open - 2));
    const auto found = values.find(key);
    if (found == values.end()) {
      throw Error(ErrorKind::Usage,
                  fmt::format("{}:{}: there is no {{{{{}}}}}{}; known are {}", name, line, key,
                              suggestion(key, known), fmt::join(known, ", ")));
    }
    script.append(text.substr(position, open - position)).append(found->second);
    position = close + 2;
  }
  return script.append(text.substr(position));
}

void require_placeholders(std::string_view text, std::string_view name) {
  for (const std::string_view needed :
       {"{{directives}}", "{{program}}", "{{command}}", "{{launch}}"}) {
    if (text.find(needed) != std::string_view::npos) continue;
    throw Error(ErrorKind::Usage,
                fmt::format("{} has no {}: a job of it would not do what is asked; "
                            "compare it with slurm/templates/job.sbatch",
                            name, needed));
  }
}

void check_log_folder(const std::string& folder) {
  // sbatch has a quoting of its own, and patterns; what needs neither is taken.
  constexpr std::string_view kOdd = " \t\r\n\"'\\#%$`;&|<>*?()[]{}~!";
  if (!folder.empty() && folder.find_first_of(kOdd) == std::string::npos) return;
  throw Error(ErrorKind::Usage,
              fmt::format("--logs is \"{}\": give a folder without blanks, quotes "
                          "and other special characters",
                          folder));
}

}  // namespace

std::string log_pattern(const Job& job) {
  return fmt::format("{}/{}-{}.out", job.log_folder, job.name, job.array.empty() ? "%j" : "%A_%a");
}

std::string render(const Job& job, std::string_view template_text, std::string_view name) {
  CT_INVARIANT(
      !job.tasks.empty() && (job.task_ids.empty() || job.task_ids.size() == job.tasks.size()),
      "a job has a command for each of its tasks");
  check(job.resources);
  check_log_folder(job.log_folder);
  require_placeholders(template_text, name);
  const Resources& r = job.resources;
  const Values values{{"directives", directives(job)},
                      {"program", shell_quote(job.program)},
                      {"command", command(job)},
                      {"launch", launch(r)},
                      {"ranks_per_node", std::to_string(r.ranks_on_a_node())},
                      {"cpus_per_rank", std::to_string(r.cpus_per_rank)},
                      {"max_requeues", std::to_string(r.max_requeues)}};
  return filled(template_text, values, name);
}

}  // namespace codectrace::slurm
