#include "cli/status_command.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/log.h"
#include "slurm/status.h"

namespace codectrace::cli {
namespace {

using Json = nlohmann::ordered_json;
using slurm::Status;

struct StatusOptions {
  std::vector<std::filesystem::path> folders;
  bool json = false;
};

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json json_of(const std::filesystem::path& folder, const Status& s) {
  Json best = nullptr;
  if (s.best_value)
    best = {{"metric", s.best_metric}, {"value", *s.best_value}, {"step", or_null(s.best_step)}};
  return {{"directory", folder.string()},
          {"stage", or_null(s.stage)},
          {"state", slurm::name_of(s.state)},
          {"job", or_null(s.job)},
          {"nodes", or_null(s.nodes)},
          {"worker", or_null(s.worker)},
          {"requeues", s.requeues},
          {"exit_code", or_null(s.exit_code)},
          {"done", s.done},
          {"total", or_null(s.total)},
          {"unit", or_null(s.unit)},
          {"epoch", or_null(s.epoch)},
          {"rate_per_s", or_null(s.rate)},
          {"left_s", or_null(s.left_s)},
          {"loss", or_null(s.loss)},
          {"checkpoint", or_null(s.checkpoint)},
          {"best", std::move(best)}};
}

std::string progress(const Status& s) {
  if (s.unit.empty() || (s.done == 0 && !s.total)) return "";
  std::string text =
      fmt::format("{}{} {}", s.done, s.total ? fmt::format(" of {}", *s.total) : "", s.unit);
  if (s.epoch) text += fmt::format(", epoch {}", *s.epoch);
  if (s.rate) text += fmt::format(", {:.1f} utterances/s", *s.rate);
  if (s.loss) text += fmt::format(", loss {:.4f}", *s.loss);
  if (s.left_s) text += fmt::format(", {} left", log::format_duration(*s.left_s));
  return text;
}

void print_row(const std::string& name, const std::string& value) {
  if (!value.empty()) fmt::print("  {:<12}{}\n", name, value);
}

void print(const std::filesystem::path& folder, const Status& s) {
  fmt::print("{}: {}{}{}\n", folder.string(), s.stage, s.stage.empty() ? "" : " ",
             slurm::name_of(s.state));
  if (!s.job.empty()) {
    print_row("job", fmt::format("{}{}, requeued {} times{}", s.job,
                                 s.nodes.empty() ? "" : " on " + s.nodes, s.requeues,
                                 s.exit_code ? fmt::format(", exit code {}", *s.exit_code) : ""));
  }
  print_row("at work", s.worker);
  print_row("done", progress(s));
  print_row("checkpoint", s.checkpoint);
  if (s.best_value)
    print_row("best", fmt::format("dev {} {:.4f} at step {}", s.best_metric, *s.best_value,
                                  s.best_step.value_or(0)));
  if (s.state == slurm::State::Queued)
    print_row("queue", fmt::format("squeue -j {} says why it waits", s.job));
}

ExitCode show(const StatusOptions& options) {
  Json all = Json::array();
  for (const auto& folder : options.folders) {
    const auto status = slurm::status_of(folder);
    if (options.json) {
      all.push_back(json_of(folder, status));
    } else {
      print(folder, status);
    }
  }
  if (options.json)
    fmt::print("{}\n", Json{{"schema", "codectrace.status/1"}, {"directories", all}}.dump(2));
  return ExitCode::Done;
}

}  // namespace

void add_status(CLI::App& app, Job& job) {
  auto options = std::make_shared<StatusOptions>();
  auto* command = app.add_subcommand("status", "Where preprocess, train, evaluate or a sweep is");
  command->add_option("DIRECTORY", options->folders, "Run, corpus, results or sweep directories")
      ->required();
  command->add_flag("--json", options->json, "For programs");
  command->footer("Example:\n  codectrace status runs/m1");
  command->callback([options, &job] { job = on_root(show, options); });
}

}  // namespace codectrace::cli
