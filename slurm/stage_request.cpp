#include "slurm/stage_request.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "slurm/array_tasks.h"

namespace codectrace::slurm {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;
using Options = std::vector<std::pair<std::string, const Texts*>>;

constexpr std::string_view kTaskNumber = "{task}";

[[noreturn]] void usage(const std::string& message) { throw Error(ErrorKind::Usage, message); }

/// Options of which each task has its own.
Options options_by_task(Stage stage, const StageRequest& request) {
  switch (stage) {
    case Stage::Preprocess:
      return {{"config", &request.config}, {"audio", &request.audio}};
    case Stage::Train:
      return {{"config", &request.config}, {"resume", &request.resume}};
    case Stage::Evaluate:
      return {{"config", &request.config},
              {"checkpoint", &request.checkpoint},
              {"corpus", &request.corpus},
              {"protocol", &request.protocol}};
  }
  invariant_failed("stage", "a stage without options");
}

std::size_t num_variants(const Options& options, const Texts& out) {
  std::size_t count = std::max<std::size_t>(1, out.size());
  for (const auto& [name, values] : options) count = std::max(count, values->size());
  for (const auto& [name, values] : options) {
    if (values->size() > 1 && values->size() != count) {
      usage(
          fmt::format("--{} is given {} times, something else {} times: give it once, or once a "
                      "task",
                      name, values->size(), count));
    }
  }
  return count;
}

std::string out_of(const StageRequest& request, std::size_t index, std::size_t count) {
  if (request.out.empty()) usage("no --out: the directory that the job makes");
  if (request.out.size() == count) return request.out[index];
  if (request.out.size() != 1 || request.protocol.size() != count) {
    usage(fmt::format("--out is given {} times for {} tasks: give one each", request.out.size(),
                      count));
  }
  return (fs::path(request.out[0]) / fs::path(request.protocol[index]).stem()).string();
}

std::string numbered(std::string text, const std::string& number) {
  for (auto at = text.find(kTaskNumber); at != std::string::npos;
       at = text.find(kTaskNumber, at + number.size())) {
    text.replace(at, kTaskNumber.size(), number);
  }
  return text;
}

/// A requeued job has checkpoints, its own, and goes on from them.
bool is_for_first_start(const std::string& option, const std::string& value) {
  return option == "resume" && value == "never";
}

Task make_task(Stage stage, const StageRequest& request, std::size_t index, std::size_t count) {
  Task task{.arguments = {std::string(name_of(stage))},
            .at_first = {},
            .out = out_of(request, index, count)};
  while (task.out.size() > 1 && task.out.ends_with('/')) task.out.pop_back();
  const auto add = [&](const std::string& option, const std::string& value) {
    auto& words = is_for_first_start(option, value) ? task.at_first : task.arguments;
    words.push_back("--" + option);
    words.push_back(value);
  };
  for (const auto& [name, values] : options_by_task(stage, request)) {
    if (!values->empty()) add(name, values->size() == 1 ? values->front() : (*values)[index]);
  }
  if (stage == Stage::Preprocess) {
    for (const auto& list : request.protocol) add("protocol", list);
  }
  for (const auto& assignment : request.set) add("set", assignment);
  add("out", task.out);
  return task;
}

/// Slurm's names are shown in narrow columns and stand in file names.
std::string job_name(Stage stage, const std::string& out) {
  std::string name = fs::path(numbered(out, "x")).filename().string();
  const auto is_odd = [](unsigned char c) {
    return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.';
  };
  std::ranges::replace_if(name, is_odd, '_');
  return fmt::format("{}-{}", name_of(stage), name.empty() ? "job" : name);
}

void require_own_folders(const std::vector<Task>& tasks) {
  std::set<std::string> seen;
  for (const auto& task : tasks) {
    if (!seen.insert(task.out).second) {
      usage(fmt::format("two tasks would make {}: give each an --out of its own, or {{task}} in it",
                        task.out));
    }
  }
}

}  // namespace

std::string_view name_of(Stage stage) {
  constexpr std::array<std::string_view, 3> kNames{"preprocess", "train", "evaluate"};
  return kNames.at(static_cast<std::size_t>(stage));
}

Job make_job(Stage stage, const StageRequest& request, const std::string& program) {
  const auto count = num_variants(options_by_task(stage, request), request.out);
  Job job;
  job.program = program;
  job.resources = request.resources;
  std::vector<Task> variants;
  for (std::size_t i = 0; i < count; ++i) variants.push_back(make_task(stage, request, i, count));
  job.name = job_name(stage, request.out.front());
  job.array = request.array.empty() && count > 1 ? fmt::format("0-{}", count - 1) : request.array;
  if (job.array.empty()) {
    job.tasks = std::move(variants);
    return job;
  }
  job.task_ids = array_tasks(job.array);
  for (const int id : job.task_ids) {
    if (count > 1 && static_cast<std::size_t>(id) >= count) {
      usage(fmt::format("--array names task {}, but there are {}, from 0", id, count));
    }
    Task task = variants[count > 1 ? static_cast<std::size_t>(id) : 0];
    for (auto& argument : task.arguments) argument = numbered(argument, std::to_string(id));
    task.out = numbered(task.out, std::to_string(id));
    job.tasks.push_back(std::move(task));
  }
  require_own_folders(job.tasks);
  return job;
}

}  // namespace codectrace::slurm
