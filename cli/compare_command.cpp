#include "cli/compare_command.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "evaluate/comparison.h"
#include "evaluate/comparison_tables.h"
#include "evaluate/published_figures.h"

namespace codectrace::cli {
namespace {

struct CompareCommandOptions {
  std::vector<std::filesystem::path> folders;
  evaluate::CompareOptions compare;
  std::string format = "text";
  std::filesystem::path json;
  std::filesystem::path csv;
};

ExitCode compare(const CompareCommandOptions& options) {
  auto how = options.compare;
  if (how.published.empty()) how.published = evaluate::shipped_published_figures();
  const auto comparison = evaluate::compare(options.folders, how);
  if (!options.json.empty()) write_file_atomically(options.json, comparison.dump(1) + "\n");
  if (!options.csv.empty())
    write_file_atomically(options.csv, evaluate::comparison_csv(comparison));
  auto format = evaluate::TableFormat::Text;
  for (const auto& known : evaluate::enum_names(format)) {
    if (known.name == options.format) format = known.value;
  }
  fmt::print("{}", evaluate::comparison_text(comparison, format));
  return ExitCode::Done;
}

}  // namespace

void add_compare(CLI::App& app, Job& job) {
  auto options = std::make_shared<CompareCommandOptions>();
  auto* command = app.add_subcommand("compare", "Set results of evaluations side by side");
  command->add_option("RESULTS", options->folders, "Results directories, two or more")->required();
  command
      ->add_option("--baseline", options->compare.baselines,
                   "One of them that the others are tested against, alone; else all pairs of a "
                   "list are; repeatable")
      ->allow_extra_args(false);
  command->add_option(
      "--published", options->compare.published,
      "CSV of published figures; else configs/published_results.csv if it is there");
  command->add_option("--replicates", options->compare.bootstrap.replicates, "Resamplings")
      ->check(CLI::Range(10, 1000000))
      ->capture_default_str();
  command->add_option("--format", options->format, "text, markdown or latex")
      ->check(CLI::IsMember({"text", "markdown", "latex"}))
      ->capture_default_str();
  command->add_option("--json", options->json, "Write it all to this file too");
  command->add_option("--csv", options->csv, "Write figures and differences to this file too");
  command->footer(
      "Results of one list are compared utterance by utterance: the difference of EERs by paired\n"
      "bootstrap, the answers by McNemar's test, p-values after Holm's correction over all tests.\n"
      "Example:\n  codectrace compare results/m1_cors results/m2_cors --baseline results/m1_cors");
  command->callback([options, &job] { job = on_root(compare, options); });
}

}  // namespace codectrace::cli
