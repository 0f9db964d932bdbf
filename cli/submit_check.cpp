#include "cli/submit_check.h"

#include <string>

#include "core/config.h"
#include "core/error.h"
#include "evaluate/config.h"
#include "model/model_config.h"
#include "preprocess/config.h"
#include "train/config.h"
#include "train/resume.h"

namespace codectrace::cli {
namespace {

/// Value of the task's option at its first start; empty if it isn't given.
std::string option(const slurm::Task& task, const std::string& name) {
  auto words = task.arguments;
  words.insert(words.end(), task.at_first.begin(), task.at_first.end());
  for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
    if (words[i] == name) return words[i + 1];
  }
  return "";
}

config::Document document_of(const slurm::Task& task) {
  const auto file = option(task, "--config");
  auto document = file.empty() ? config::Document() : config::Document::from_file(file);
  for (std::size_t i = 1; i + 1 < task.arguments.size(); i += 2) {
    if (task.arguments[i] == "--set") document.set(task.arguments[i + 1]);
  }
  return document;
}

void check_train(const slurm::Task& task, int ranks) {
  if (option(task, "--config").empty())
    throw Error(ErrorKind::Usage, "no --config: the training job's TOML file");
  auto config = config::read<train::Config>(document_of(task));
  config.out = task.out;
  train::check(config, ranks);
  model::check(config.model);
  if (const auto resume = option(task, "--resume"); !resume.empty())
    config.resume = train::parse_resume(resume);
  static_cast<void>(train::starting_point(config, {}));  // lists and corpus may not be there yet
}

void check_preprocess(const slurm::Task& task) {
  const auto config = config::read<preprocess::Config>(document_of(task));
  if (config.audio.empty() && option(task, "--audio").empty()) {
    throw Error(ErrorKind::Usage, "audio isn't given; use --audio");
  }
}

void check_evaluate(const slurm::Task& task) {
  auto config = config::read<evaluate::EvaluateConfig>(document_of(task));
  const auto given = [&](const std::string& name, std::string& key) {
    if (const auto value = option(task, name); !value.empty()) key = value;
  };
  given("--checkpoint", config.checkpoint);
  given("--corpus", config.corpus);
  given("--protocol", config.protocol);
  given("--out", config.out);
  evaluate::require_paths(config);
}

}  // namespace

void check_task(slurm::Stage stage, const slurm::Task& task, const slurm::Resources& resources) {
  switch (stage) {
    case slurm::Stage::Preprocess:
      return check_preprocess(task);
    case slurm::Stage::Train:
      return check_train(task, resources.ranks());
    case slurm::Stage::Evaluate:
      return check_evaluate(task);
  }
}

}  // namespace codectrace::cli
