#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "slurm/job.h"
#include "slurm/resources.h"

namespace codectrace::slurm {

enum class Stage { Preprocess, Train, Evaluate };
[[nodiscard]] std::string_view name_of(Stage stage);

/// One stage as it is asked for: by `codectrace submit STAGE`, or by a table of a pipeline's file.
///
/// Of preprocess's config, audio and out, of train's config, resume and out, and of evaluate's
/// config, checkpoint, corpus, protocol and out, several may be given: then the job is an array,
/// each task with the next of each; what is given once holds for all.
struct StageRequest {
  std::vector<std::string> config;
  std::vector<std::string> audio;
  std::vector<std::string> checkpoint;
  std::vector<std::string> corpus;
  std::vector<std::string> protocol;
  std::vector<std::string> resume;
  std::vector<std::string> out;
  std::vector<std::string> set;
  std::string array;
  Resources resources;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("config", self.config, config::any(), "the stage's own TOML file");
    visit("audio", self.audio, config::any(), "preprocess: folder of the audio files");
    visit("checkpoint", self.checkpoint, config::any(), "evaluate; in a pipeline the run's");
    visit("corpus", self.corpus, config::any(), "evaluate: corpus directory");
    visit("protocol", self.protocol, config::any(),
          "evaluate: a list a task; preprocess: lists of every task");
    visit("resume", self.resume, config::any(),
          "train: auto, never, or a checkpoint or run directory to begin from");
    visit("out", self.out, config::any(), "directory to make");
    visit("set", self.set, config::any(), "KEY=VALUE for the stage");
    visit("array", self.array, config::any(),
          "task numbers, as sbatch --array; {task} in a text is the number");
    visit("resources", self.resources, "what the job asks of the cluster");
  }
};

/// A file of `codectrace submit pipeline`. A stage without `out` is left out.
struct Pipeline {
  StageRequest preprocess;
  StageRequest train;
  StageRequest evaluate;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("preprocess", self.preprocess, "first");
    visit("train", self.train, "once all of preprocess ended well");
    visit("evaluate", self.evaluate, "once train ended well");
  }
};

/// @throws Error(Usage): options whose numbers don't fit, tasks with one `out`, what lacks
[[nodiscard]] Job make_job(Stage stage, const StageRequest& request, const std::string& program);

}  // namespace codectrace::slurm
