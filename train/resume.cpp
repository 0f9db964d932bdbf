#include "train/resume.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/log.h"
#include "train/run_directory.h"

namespace codectrace::train {
namespace {

namespace fs = std::filesystem;

/// What makes this another run than the checkpoint's, one line each.
std::vector<std::string> changes(const Config& config, std::uint32_t corpus_checksum,
                                 const TrainingState& state) {
  auto lines = differences(decisive_keys(config), state.decisive_keys);
  if (corpus_checksum != state.corpus_checksum) {
    lines.push_back(fmt::format("the corpus is another one (checksum {:08x}, was {:08x})",
                                corpus_checksum, state.corpus_checksum));
  }
  return lines;
}

/// A checkpoint, or the newest one of a run directory.
fs::path named_checkpoint(const fs::path& path) {
  if (fs::exists(path / "state.json")) return path;
  if (const auto newest = RunDirectory(path).newest_checkpoint()) return *newest;
  throw Error(ErrorKind::BadData,
              fmt::format("--resume {}: neither a checkpoint of a training run (a folder with "
                          "state.json) nor a run directory with checkpoints",
                          path.string()));
}

StartingPoint from_named(const Config& config, std::uint32_t corpus_checksum,
                         const std::optional<fs::path>& newest) {
  const fs::path checkpoint = named_checkpoint(config.resume.checkpoint);
  std::error_code ignored;
  if (newest && !fs::equivalent(*newest, checkpoint, ignored)) {
    throw Error(ErrorKind::Usage,
                fmt::format("{} already has checkpoints, the newest is {}: to go on from {}, give "
                            "another --out",
                            config.out.string(), newest->string(), checkpoint.string()));
  }
  const TrainingState state = read_state(checkpoint);
  const auto lines = changes(config, corpus_checksum, state);
  const bool other_model =
      std::ranges::any_of(lines, [](const auto& line) { return line.starts_with("model."); });
  if (other_model) {
    throw Error(ErrorKind::Usage, fmt::format("{} is a checkpoint of another model: {}",
                                              checkpoint.string(), fmt::join(lines, "; ")));
  }
  if (!lines.empty()) log::info("going on with another config: {}", fmt::join(lines, "; "));
  return {checkpoint, state};
}

}  // namespace

StartingPoint starting_point(const Config& config, std::uint32_t corpus_checksum) {
  const auto newest = RunDirectory(config.out).newest_checkpoint();
  switch (config.resume.kind) {
    case Resume::Kind::From:
      return from_named(config, corpus_checksum, newest);
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
  const TrainingState state = read_state(*newest);
  const auto lines = changes(config, corpus_checksum, state);
  if (!lines.empty()) {
    throw Error(ErrorKind::Usage,
                fmt::format("{} was begun with another config: {}. Give another --out, or go on "
                            "all the same with --resume {}",
                            config.out.string(), fmt::join(lines, "; "), newest->string()));
  }
  return {newest, state};
}

}  // namespace codectrace::train
