#include "train/resume.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/config_differences.h"
#include "core/error.h"
#include "core/folder_name.h"
#include "core/log.h"
#include "train/run_directory.h"

namespace codectrace::train {
namespace {

namespace fs = std::filesystem;
using Inputs = std::map<std::string, std::string>;

/// What makes this another run than the checkpoint's, one line each.
std::vector<std::string> changes(const Config& config, const Inputs& inputs,
                                 const TrainingState& state) {
  auto lines = config::differences(decisive_keys(config), state.decisive_keys);
  for (const auto& [name, checksum] : inputs) {
    const auto then = state.inputs.find(name);
    if (then == state.inputs.end() || then->second == checksum) continue;
    lines.push_back(
        fmt::format("{} has changed (checksum {}, was {})", name, checksum, then->second));
  }
  return lines;
}

/// A checkpoint, or the newest one of a run directory; nothing if it is neither.
std::optional<fs::path> checkpoint_at(const fs::path& path) {
  if (fs::exists(path / "state.json")) return path;
  return RunDirectory(path).newest_checkpoint();
}

fs::path named_checkpoint(const fs::path& path) {
  if (const auto found = checkpoint_at(path)) return *found;
  throw Error(ErrorKind::BadData,
              fmt::format("--resume {}: neither a checkpoint of a training run (a folder with "
                          "state.json) nor a run directory with checkpoints",
                          path.string()));
}

/// The best so far has to be there to be kept: a run that goes on in another directory chooses
/// among its own checkpoints, as one does that measures by something else now.
void forget_a_best_of_elsewhere(TrainingState& state, const Config& config) {
  if (!state.best) return;
  const bool is_here = fs::exists(RunDirectory(config.out).checkpoint(state.best->step));
  if (is_here && state.best->metric == config::name_of(config.selection.metric)) return;
  log::info(
      "the best checkpoint so far, of step {} (dev {} {:.4f}), isn't one of this run: from here on "
      "its own ones are compared",
      state.best->step, state.best->metric, state.best->value);
  state.best.reset();
  state.scorings_since_best = 0;
}

/// What a run notes of where it was begun: links may lead elsewhere by the time it goes on.
std::string whole_path(const fs::path& path) {
  return folder_name(fs::absolute(path).lexically_normal()).string();
}

/// Was the run in config.out begun from what is named, and has it saved since?
bool has_gone_on(const Config& config, const fs::path& newest) {
  const auto named = checkpoint_at(config.resume.checkpoint);
  std::error_code ignored;
  if (named && fs::equivalent(*named, newest, ignored)) return false;
  return read_state(newest).begun_from == whole_path(config.resume.checkpoint);
}

StartingPoint from_named(const Config& config, const Inputs& inputs,
                         const std::optional<fs::path>& newest) {
  const fs::path checkpoint = named_checkpoint(config.resume.checkpoint);
  std::error_code ignored;
  if (newest && !fs::equivalent(*newest, checkpoint, ignored)) {
    throw Error(ErrorKind::Usage,
                fmt::format("{} already has checkpoints, the newest is {}: to go on from {}, give "
                            "another --out",
                            config.out.string(), newest->string(), checkpoint.string()));
  }
  TrainingState state = read_state(checkpoint);
  const auto lines = changes(config, inputs, state);
  const bool other_model =
      std::ranges::any_of(lines, [](const auto& line) { return line.starts_with("model."); });
  if (other_model) {
    throw Error(ErrorKind::Usage, fmt::format("{} is a checkpoint of another model: {}",
                                              checkpoint.string(), fmt::join(lines, "; ")));
  }
  if (!lines.empty()) log::info("going on, though {}", fmt::join(lines, "; "));
  forget_a_best_of_elsewhere(state, config);
  state.begun_from = whole_path(config.resume.checkpoint);
  return {checkpoint, state};
}

}  // namespace

StartingPoint starting_point(const Config& config, const Inputs& inputs) {
  const auto newest = RunDirectory(config.out).newest_checkpoint();
  switch (config.resume.kind) {
    case Resume::Kind::From:
      if (newest && has_gone_on(config, *newest)) break;
      return from_named(config, inputs, newest);
    case Resume::Kind::Never:
      if (!newest) return {};
      throw Error(ErrorKind::Usage,
                  fmt::format("{} already has checkpoints: go on with --resume auto, or give "
                              "another --out",
                              config.out.string()));
    case Resume::Kind::Auto:
      break;
  }
  if (!newest) return {};
  TrainingState state = read_state(*newest);
  const auto lines = changes(config, inputs, state);
  if (!lines.empty()) {
    throw Error(
        ErrorKind::Usage,
        fmt::format(
            "{} was begun with another config or other inputs: {}. Give another --out, or go on "
            "all the same with --resume {}",
            config.out.string(), fmt::join(lines, "; "), newest->string()));
  }
  forget_a_best_of_elsewhere(state, config);
  return {newest, state};
}

}  // namespace codectrace::train
