#include "cli/evaluate_command.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/choice_option.h"
#include "core/heap.h"
#include "evaluate/config.h"
#include "evaluate/run.h"

namespace codectrace::cli {
namespace {

/// The command line as given: paths as they are, the rest as overrides of the config.
struct EvaluateOptions {
  std::string config;
  std::vector<std::string> overrides;    // --set
  std::vector<std::string> option_keys;  // options that are keys: they win over --set
  std::optional<std::string> checkpoint;
  std::optional<std::string> corpus;
  std::optional<std::string> protocol;
  std::optional<std::string> out;
  std::optional<std::string> taxonomy;
  std::optional<std::string> model_config;
  evaluate::TableFormat format = evaluate::TableFormat::Text;
};

evaluate::EvaluateConfig read_config(const EvaluateOptions& options) {
  auto document =
      options.config.empty() ? config::Document() : config::Document::from_file(options.config);
  for (const auto& assignment : options.overrides) document.set(assignment);
  for (const auto& assignment : options.option_keys) document.set(assignment);
  auto resolved = config::read<evaluate::EvaluateConfig>(document);
  const std::array<std::pair<const std::optional<std::string>*, std::string*>, 6> paths{
      {{&options.checkpoint, &resolved.checkpoint},
       {&options.corpus, &resolved.corpus},
       {&options.protocol, &resolved.protocol},
       {&options.out, &resolved.out},
       {&options.taxonomy, &resolved.taxonomy},
       {&options.model_config, &resolved.model_config}}};
  for (const auto& [given, key] : paths) {
    if (*given) *key = **given;
  }
  return resolved;
}

}  // namespace

void add_evaluate(CLI::App& app, Job& job) {
  auto options = std::make_shared<EvaluateOptions>();
  auto* command = app.add_subcommand("evaluate", "Score a list with a checkpoint and report");
  command->add_option("--checkpoint", options->checkpoint,
                      "Checkpoint, run directory (its best one), or file of weights");
  command->add_option("--corpus", options->corpus, "Corpus that preprocess made");
  command->add_option("--protocol", options->protocol, "Protocol list: which utterances");
  command->add_option("--out", options->out, "Results directory to make");
  command->add_option("--taxonomy", options->taxonomy,
                      "Classes; else the checkpoint's own, of a file of weights "
                      "configs/taxonomy.toml");
  command->add_option("--model-config", options->model_config,
                      "Sizes of a file of weights, as model.toml; else they are recognised");
  command->add_option("--config", options->config, "TOML file; see configs/evaluate");
  command
      ->add_option("--set", options->overrides,
                   "KEY=VALUE, wins over the file, and options over both; repeatable")
      ->allow_extra_args(false);
  const auto add_key = [&](const std::string& flag, const std::string& key,
                           const std::string& about) {
    command->add_option_function<std::string>(
        flag,
        [options, key](const std::string& value) {
          options->option_keys.push_back(key + "=" + value);
        },
        about);
  };
  add_key("--dataset", "dataset", "cors, cosg or list");
  add_key("--batch-size", "batch_size", "Utterances scored at once");
  add_choice<evaluate::TableFormat>(*command, "--format", options->format,
                                    "How results are printed; default: text");
  add_key("--precision", "precision", "fp32, tf32 (GPUs) or bf16");
  command->footer(
      "Example:\n  mpirun -n 4 codectrace evaluate --checkpoint runs/m1 --corpus corpora/cors \\\n"
      "    --protocol protocols/evaluation/CoRS_ALL.txt --out results/m1_cors");
  command->callback([options, &job] {
    job = [options](comm::Communicator& comm) {
      keep_freed_memory();
      return evaluate::run(read_config(*options), comm, options->format);
    };
  });
}

}  // namespace codectrace::cli
