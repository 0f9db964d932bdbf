#include "cli/metrics_command.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/choice_option.h"
#include "evaluate/score_metrics.h"

namespace codectrace::cli {
namespace {

struct MetricsOptions {
  std::vector<std::string> overrides;  // --set
  evaluate::ScoreMetricsConfig given;
  evaluate::TableFormat format = evaluate::TableFormat::Text;
  bool strict = false;
  bool allow_duplicates = false;
};

/// Options win over --set; flags can only switch on.
evaluate::ScoreMetricsConfig resolve(const MetricsOptions& options) {
  config::Document document;
  for (const auto& assignment : options.overrides) {
    if (!assignment.starts_with("list.") && !assignment.starts_with("metrics.")) {
      throw Error(ErrorKind::Usage, fmt::format("--set {}: it takes keys of list and metrics; the "
                                                "others are options",
                                                assignment));
    }
    document.set(assignment);
  }
  const auto keys = config::read<evaluate::ScoreMetricsConfig>(document);
  auto config = options.given;
  config.list = keys.list;
  config.metrics = keys.metrics;
  if (options.strict) config.list.strict = true;
  if (options.allow_duplicates) config.list.allow_duplicates = true;
  return config;
}

}  // namespace

void add_metrics(CLI::App& app, Job& job) {
  auto options = std::make_shared<MetricsOptions>();
  auto& given = options->given;
  auto* command = app.add_subcommand("metrics", "Figures of a score file, anybody's");
  command
      ->add_option("--scores", given.scores,
                   "Score file: scores.tsv, the reference's *_score.txt, SAST Net's, or ASVspoof's")
      ->required();
  command->add_option("--protocol", given.protocol, "Protocol list: what each utterance is")
      ->required();
  command->add_option("--out", given.out, "File to write, as results.json")->required();
  command
      ->add_option("--task", given.task,
                   "What a file without a header answers; default: bin. Of scores.tsv: this one "
                   "task, not all")
      ->type_name("bin|aux|dec|vq");
  add_choice<protocol::Layout>(*command, "--dataset", given.dataset,
                               "What the list's first column and an id are; default: cors");
  add_choice<evaluate::ScoreKindChoice>(
      *command, "--score-kind", given.score_kind,
      "What one column of scores is; default: auto, probability if all are in [0, 1]");
  add_choice<evaluate::TableFormat>(*command, "--format", options->format,
                                    "How figures are printed; default: text");
  command->add_option("--taxonomy", given.taxonomy, "Classes, and what each codec and system is");
  command->add_flag("--partial", given.partial,
                    "Leave out, and count, utterances that only one of the two files has");
  command->add_flag("--strict", options->strict,
                    "A codec or system that the taxonomy lacks is an error");
  command->add_flag("--allow-duplicates", options->allow_duplicates,
                    "Of an utterance listed or scored twice keep the first line, and count");
  command
      ->add_option("--set", options->overrides,
                   "KEY=VALUE of list and metrics, as for evaluate; repeatable")
      ->allow_extra_args(false);
  command->footer(
      "A file without a header has an id and its scores a line: one score, higher for bona fide;\n"
      "two logits, bona fide first; or, with --task, a number for each class.\n"
      "Example:\n"
      "  codectrace metrics --scores bin_score.txt --protocol protocols/evaluation/CoRS_ALL.txt "
      "\\\n"
      "    --out cors.json");
  command->callback([options, &job] {
    job = [options](comm::Communicator& comm) {
      return evaluate::score_metrics(resolve(*options), comm, options->format);
    };
  });
}

}  // namespace codectrace::cli
