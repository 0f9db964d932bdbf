#include "preprocess/output_folder.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/leftovers.h"
#include "shard/corpus_file.h"
#include "shard/schema.h"
#include "shard/writer.h"

namespace codectrace::preprocess {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kIdentityFile = "preprocess.json";
constexpr const char* kConfigFile = "preprocess.toml";
constexpr const char* kReportFile = "preprocess-report.json";
constexpr const char* kMarksFile = "spot-checks.json";
constexpr const char* kOutcomeFolder = "unfinished";
constexpr const char* kMarksSchema = "codectrace.spot-checks/1";

std::vector<FileMark> read_marks(const fs::path& path) {
  try {
    return marks_from_json(Json::parse(read_file(path)).at("files"));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::BadData, fmt::format("{}: {}", path.string(), error.what()));
  }
}

ShardOutcome outcome_in(const fs::path& path) {
  try {
    const Json json = Json::parse(read_file(path));
    return {{json.at("file"), json.at("utterances"), json.at("samples"), json.at("size_bytes"),
             json.at("crc32c")},
            Tally::from_json(json.at("tally")),
            marks_from_json(json.at("marks"))};
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::BadData, fmt::format("{}: {}; remove it to make its shard again",
                                                path.string(), error.what()));
  }
}

/// A finished corpus may lie where nobody can write: then there is nothing to write either.
void write_if_new(const fs::path& path, const std::string& text) {
  if (!fs::exists(path) || read_file(path) != text) write_file_atomically(path, text);
}

/// A policy that has decided nothing can still be changed: the shards that are done would be the
/// same under the new one.
bool is_undecided(std::string_view part, const std::vector<ShardOutcome>& done) {
  if (!part.starts_with(kPolicyPrefix)) return false;
  const auto oddity = std::ranges::find(kOddityNames, part.substr(kPolicyPrefix.size()));
  if (oddity == kOddityNames.end()) return done.empty();  // a bound: it decides over every file
  return std::ranges::none_of(done, [&](const ShardOutcome& shard) {
    return shard.tally.count(static_cast<Oddity>(oddity - kOddityNames.begin())).files > 0;
  });
}

}  // namespace

void OutputFolder::open(const Identity& identity, const Config& config) {
  lock_ = std::make_shared<const FolderLock>(folder_, "preprocess");
  if (fs::exists(folder_ / kIdentityFile)) {
    check_origin(identity, config);
  } else {
    check_contents();
  }
  remove_temporaries();
  if (!is_finished()) make_folders(folder_ / kOutcomeFolder);
}

void OutputFolder::check_origin(const Identity& identity, const Config& config) const {
  const fs::path marker = folder_ / kIdentityFile;
  const auto before = Identity::from_json(read_file(marker), marker.string());
  const auto done = is_finished() ? std::vector<ShardOutcome>() : outcomes();
  std::vector<std::string> differences;
  for (auto& [part, text] : identity.differences_from(before)) {
    if (is_finished() || !is_undecided(part, done)) differences.push_back(std::move(text));
  }
  if (!differences.empty()) {
    throw Error(
        ErrorKind::Usage,
        fmt::format("{} was begun from something else: {}; give another --out, or remove it",
                    folder_.string(), fmt::join(differences, "; ")));
  }
  if (before.audio != identity.audio && !config.audio_moved) {
    throw Error(ErrorKind::Usage,
                fmt::format("{} was begun from the audio in {}, not in {}; give another --out, or, "
                            "if it is the same folder at another place, --set audio_moved=true",
                            folder_.string(), before.audio, identity.audio));
  }
}

void OutputFolder::note_origin(const Identity& identity, const Config& config) const {
  if (!is_finished()) write_if_new(folder_ / kConfigFile, config::dump(config));
  write_if_new(folder_ / kIdentityFile, identity.to_json());
}

/// A folder that isn't ours may hold nothing but what a run leaves that was killed at its start.
void OutputFolder::check_contents() const {
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const auto& name = entry.path().filename();
    if (name == kConfigFile || name == FolderLock::kFileName || is_leftover(name.string()))
      continue;
    throw Error(ErrorKind::Usage,
                fmt::format("{} holds {} and wasn't made by preprocess; give an empty or a new "
                            "folder",
                            folder_.string(), name.string()));
  }
}

void OutputFolder::remove_temporaries() const {
  if (!lock_->is_exclusive()) return;
  for (const auto& folder : {folder_, folder_ / kOutcomeFolder}) remove_leftovers(folder);
}

bool OutputFolder::is_finished() const { return fs::exists(folder_ / shard::schema::kCorpusFile); }

fs::path OutputFolder::report_path() const { return folder_ / kReportFile; }

fs::path OutputFolder::shard_path(std::uint64_t number) const {
  return folder_ / shard::shard_file_name(number);
}

fs::path OutputFolder::outcome_path(std::uint64_t number) const {
  return folder_ / kOutcomeFolder /
         fs::path(shard::shard_file_name(number)).replace_extension(".json");
}

std::vector<std::uint64_t> OutputFolder::missing_shards(std::uint64_t count) const {
  std::vector<std::uint64_t> missing;
  for (std::uint64_t number = 0; number < count; ++number) {
    std::error_code absent;
    const auto size = fs::file_size(shard_path(number), absent);
    const bool is_done = !absent && fs::exists(outcome_path(number)) &&
                         read_outcome(number).summary.size_bytes == size;
    if (!is_done) missing.push_back(number);
  }
  return missing;
}

void OutputFolder::write_outcome(std::uint64_t number, const ShardOutcome& outcome) const {
  const auto& summary = outcome.summary;
  const Json json{{"file", summary.file},           {"utterances", summary.utterances},
                  {"samples", summary.samples},     {"size_bytes", summary.size_bytes},
                  {"crc32c", summary.crc32c},       {"tally", outcome.tally.to_json()},
                  {"marks", to_json(outcome.marks)}};
  write_file_atomically(outcome_path(number), json.dump() + "\n");
}

ShardOutcome OutputFolder::read_outcome(std::uint64_t number) const {
  return outcome_in(outcome_path(number));
}

std::vector<ShardOutcome> OutputFolder::outcomes() const {
  std::vector<ShardOutcome> done;
  if (!fs::is_directory(folder_ / kOutcomeFolder)) return done;
  for (const auto& entry : fs::directory_iterator(folder_ / kOutcomeFolder)) {
    if (entry.path().extension() == ".json") done.push_back(outcome_in(entry.path()));
  }
  return done;
}

std::vector<FileMark> OutputFolder::marks() const {
  if (is_finished()) return read_marks(folder_ / kMarksFile);
  std::vector<FileMark> marks;
  for (const auto& outcome : outcomes()) {
    marks.insert(marks.end(), outcome.marks.begin(), outcome.marks.end());
  }
  return marks;
}

void OutputFolder::write_marks(const std::vector<FileMark>& marks) const {
  constexpr int kIndent = 2;
  const Json json{{"schema", kMarksSchema}, {"files", to_json(marks)}};
  write_file_atomically(folder_ / kMarksFile, json.dump(kIndent) + "\n");
}

void OutputFolder::write_report(const std::string& text) const {
  write_file_atomically(report_path(), text);
}

void OutputFolder::finish(const std::vector<shard::ShardSummary>& shards) const {
  shard::finish_corpus(folder_, shards);
}

void OutputFolder::clean_up() const { fs::remove_all(folder_ / kOutcomeFolder); }

}  // namespace codectrace::preprocess
