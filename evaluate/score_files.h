#pragma once

#include <string>
#include <vector>

#include "comm/communicator.h"
#include "core/error.h"
#include "evaluate/config.h"
#include "evaluate/evaluated_model.h"
#include "evaluate/score_output.h"
#include "model/device_choice.h"

namespace codectrace::evaluate {

/// What `codectrace score` does.
struct ScoreFilesOptions {
  std::vector<std::string> files;  ///< folders too, and "-"; see audio_files
  ModelSource model;
  ScoreFormat format = ScoreFormat::Text;
  ScoreOutput::Logits logits = ScoreOutput::Logits::Hide;
  model::Precision precision = model::Precision::Fp32;
  model::DeviceChoice device = model::DeviceChoice::Auto;
};

/// Scores audio files with a model and prints to stdout what it says of each; text and CSV as each
/// file is done, JSON at the end. One file goes through the network at a time, cut or repeated as
/// in evaluation, so its score doesn't depend on which others there are.
///
/// One process's.
/// @returns Interrupted if a stop was requested: what was scored until then is printed
/// @throws Error(BadData), after all others are scored, naming each file that can't be; Error as
///         open_evaluated_model and audio_files
[[nodiscard]] ExitCode score_files(const ScoreFilesOptions& options, comm::Communicator& comm);

}  // namespace codectrace::evaluate
