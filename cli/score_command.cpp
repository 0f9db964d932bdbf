#include "cli/score_command.h"

#include <memory>

#include "cli/choice_option.h"
#include "core/heap.h"
#include "evaluate/score_files.h"
#include "model/device_choice.h"
#include "model/model_config.h"

namespace codectrace::cli {
namespace {

struct ScoreOptions {
  evaluate::ScoreFilesOptions score;
  bool logits = false;
};

}  // namespace

void add_score(CLI::App& app, Job& job) {
  auto options = std::make_shared<ScoreOptions>();
  auto& score = options->score;
  auto* command = app.add_subcommand("score", "Score any audio files with a checkpoint");
  command
      ->add_option("FILE", score.files,
                   "Audio files of any format, rate, channels and length; a folder: every one "
                   "under it; -: standard input")
      ->required();
  command
      ->add_option("--checkpoint", score.model.checkpoint,
                   "Checkpoint, run directory (its best one), or file of weights")
      ->required();
  add_choice<model::Architecture>(*command, "--model", score.model.name,
                                  "What the checkpoint must be; found out if not given");
  add_choice<model::W2v2AasistType>(*command, "--type", score.model.type,
                                    "The type it must be of; found out if not given");
  add_choice<model::SastNetTask>(*command, "--task", score.model.task,
                                 "The task that a SAST Net answers; its weights alone don't tell "
                                 "AUX from VQ");
  command->add_option("--model-config", score.model.model_config,
                      "Sizes of a file of weights, as model.toml; else they are recognised");
  command->add_option("--taxonomy", score.model.taxonomy,
                      "Classes; else the checkpoint's own, of a file of weights "
                      "configs/taxonomy.toml");
  add_choice<evaluate::ScoreFormat>(*command, "--format", score.format, "Default: text");
  command->add_flag("--logits", options->logits,
                    "The network's outputs too, in full precision; json always has them");
  add_choice<model::Precision>(*command, "--precision", score.precision, "Default: fp32");
  add_choice<model::DeviceChoice>(*command, "--device", score.device,
                                  "Default: auto, a GPU where there is one");
  command->footer(
      "Each file is cut or repeated to the model's length, as in evaluation. A file that can't be\n"
      "scored is named at the end, with exit code 3; all others are scored.\n"
      "Example:\n"
      "  codectrace score clip.wav talk.mp3 --checkpoint runs/m1\n"
      "  codectrace score recordings/ --checkpoint M1.pth --format json > scores.json");
  command->callback([options, &job] {
    options->score.logits =
        options->logits ? evaluate::ScoreOutput::Logits::Show : evaluate::ScoreOutput::Logits::Hide;
    job = [options](comm::Communicator& comm) {
      keep_freed_memory();
      return comm.is_root() ? evaluate::score_files(options->score, comm) : ExitCode::Done;
    };
  });
}

}  // namespace codectrace::cli
