#include "cli/preprocess_command.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/config.h"
#include "core/error.h"
#include "preprocess/config.h"
#include "preprocess/features/run.h"
#include "preprocess/run.h"

namespace codectrace::cli {
namespace {

/// The command line as given; what is empty leaves the config file's value.
struct PreprocessOptions {
  std::string config;
  std::string audio;
  std::string out;
  std::string layout;
  std::string taxonomy;
  std::vector<std::string> protocol;
  std::vector<std::string> overrides;
};

/// What --set layout would read, but its message names the option that was given.
protocol::Layout layout_called(const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& known : enum_names(protocol::Layout{})) {
    if (known.name == name) return known.value;
    names.push_back(known.name);
  }
  throw Error(ErrorKind::Usage,
              fmt::format("--layout is \"{}\", must be one of {}", name, fmt::join(names, ", ")));
}

preprocess::Config resolved(const PreprocessOptions& options) {
  auto document =
      options.config.empty() ? config::Document() : config::Document::from_file(options.config);
  for (const auto& assignment : options.overrides) document.set(assignment);
  auto config = config::read<preprocess::Config>(document);
  if (!options.layout.empty()) config.layout = layout_called(options.layout);
  if (!options.audio.empty()) config.audio = options.audio;
  if (!options.out.empty()) config.out = options.out;
  if (!options.taxonomy.empty()) config.taxonomy = options.taxonomy;
  if (!options.protocol.empty()) config.protocol = options.protocol;
  return config;
}

CLI::App* add_features(CLI::App& preprocess, Job& job) {
  auto options = std::make_shared<preprocess::FeaturesConfig>();
  auto* command = preprocess.add_subcommand(
      "features", "Keep in a corpus what a network's frozen part gives for each utterance");
  command->add_option("--corpus", options->corpus, "Corpus that preprocess made");
  command->add_option("--checkpoint", options->checkpoint,
                      "Checkpoint or run directory of the network, or Whisper's weights as "
                      "Hugging Face publishes them");
  command->footer(
      "Training and evaluation with the same frozen part then read instead of computing. Shards\n"
      "are written anew beside the corpus, which takes as much room again until all are there.\n"
      "Run again, it goes on where it was stopped or killed.\nExample:\n"
      "  mpirun -n 4 codectrace preprocess features --corpus corpora/cors --checkpoint runs/sast");
  command->callback([options, &job] {
    job = [options](comm::Communicator& comm) { return preprocess::run(*options, comm); };
  });
  return command;
}

}  // namespace

void add_preprocess(CLI::App& app, Job& job) {
  auto options = std::make_shared<PreprocessOptions>();
  auto* command = app.add_subcommand("preprocess", "Shard audio files into a corpus directory");
  command->add_option("--audio", options->audio, "Folder of the audio files");
  command->add_option("--layout", options->layout,
                      "How they lie in it: cors (flat), cosg (SYSTEM/utterance) or list (any tree, "
                      "or the files that --protocol names)");
  command
      ->add_option("--protocol", options->protocol,
                   "List of the utterances to take; repeatable; without it, all files")
      ->allow_extra_args(false);  // else it would swallow what follows
  command->add_option("--out", options->out, "Corpus directory to make, or to finish");
  command->add_option("--taxonomy", options->taxonomy, "Classes, and what each codec is");
  command->add_option("--config", options->config, "TOML file; see configs/preprocess");
  command
      ->add_option("--set", options->overrides,
                   "KEY=VALUE, wins over the file, and options over both; repeatable")
      ->allow_extra_args(false);
  command->footer(
      "Run again, it goes on where it was stopped or killed.\nExample:\n"
      "  mpirun -n 4 codectrace preprocess --config configs/preprocess/cors.toml \\\n"
      "    --audio data/all_data_16k --out corpora/cors");
  const auto* features = add_features(*command, job);
  command->callback([options, features, &job] {
    if (features->parsed()) return;
    job = [options](comm::Communicator& comm) { return preprocess::run(resolved(*options), comm); };
  });
}

}  // namespace codectrace::cli
