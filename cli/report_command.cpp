#include "cli/report_command.h"

#include <filesystem>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "evaluate/results_folder.h"

namespace codectrace::cli {
namespace {

struct CommandOptions {
  std::vector<std::filesystem::path> folders;
  evaluate::ReportOptions report;
};

ExitCode render(const CommandOptions& options) {
  for (const auto& folder : options.folders) {
    fmt::print("{}\n", evaluate::render_report(folder, options.report).string());
  }
  return ExitCode::Done;
}

}  // namespace

void add_report(CLI::App& app, Job& job) {
  auto options = std::make_shared<CommandOptions>();
  auto* command = app.add_subcommand("report", "Draw report.html anew, without scoring");
  command->add_option("RESULTS", options->folders, "Results directories")->required();
  command->add_option("--worst", options->report.worst_utterances, "Mistakes listed of each task")
      ->check(CLI::Range(0, 1000));
  command->footer("Example:\n  codectrace report results/m1_cors");
  command->callback([options, &job] { job = on_root(render, options); });
}

}  // namespace codectrace::cli
