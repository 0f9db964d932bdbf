#include "cli/report_command.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "cli/choice_option.h"
#include "evaluate/results.h"
#include "evaluate/results_folder.h"
#include "evaluate/results_table.h"

namespace codectrace::cli {
namespace {

struct CommandOptions {
  std::vector<std::filesystem::path> folders;
  evaluate::ReportOptions report;
  std::optional<evaluate::TableFormat> format;  // tables instead of the page
};

ExitCode print_tables(const CommandOptions& options) {
  bool first = true;
  for (const auto& folder : options.folders) {
    const auto results = evaluate::read_results(folder / "results.json");
    fmt::print("{}{}", first ? "" : "\n", evaluate::results_table(results, *options.format));
    first = false;
  }
  return ExitCode::Done;
}

ExitCode render(const CommandOptions& options) {
  if (options.format) return print_tables(options);
  for (const auto& folder : options.folders) {
    fmt::print("{}\n", evaluate::render_report(folder, options.report).string());
  }
  return ExitCode::Done;
}

}  // namespace

void add_report(CLI::App& app, Job& job) {
  auto options = std::make_shared<CommandOptions>();
  auto* command =
      app.add_subcommand("report", "Draw report.html anew, or print tables, without scoring");
  command->add_option("RESULTS", options->folders, "Results directories")->required();
  command->add_option("--worst", options->report.worst_utterances, "Mistakes listed of each task")
      ->check(CLI::Range(0, 1000));
  add_choice<evaluate::TableFormat>(*command, "--format", options->format,
                                    "Print tables for a paper instead");
  command->footer(
      "Example:\n  codectrace report results/m1_cors\n"
      "  codectrace report results/m1_cors results/m1_cosg --format latex > tables.tex");
  command->callback([options, &job] { job = on_root(render, options); });
}

}  // namespace codectrace::cli
