#include "slurm/status.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/folder_lock.h"

namespace codectrace::slurm {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kInterrupted = static_cast<int>(ExitCode::Interrupted);

/// The last whole line of a file of JSON lines for which `wanted` holds.
template <class Wanted>
std::optional<Json> last_line(const fs::path& path, Wanted wanted) {
  std::ifstream file(path);
  std::optional<Json> last;
  for (std::string line; std::getline(file, line);) {
    auto json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && wanted(json)) last = std::move(json);
  }
  return last;
}

Json read_json(const fs::path& path) {
  const auto json = Json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    throw Error(ErrorKind::BadData, fmt::format("{} is corrupt: not a JSON object", path.string()));
  }
  return json;
}

template <class T>
std::optional<T> number(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return std::nullopt;
  return found->get<T>();
}

/// Whoever holds the folder's lock is at work; a killed one's file is left, but not locked.
std::string worker_in(const fs::path& folder) {
  const auto path = folder / FolderLock::kFileName;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return "";
  std::array<char, 300> text{};
  const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const auto size = ::pread(descriptor, text.data(), text.size() - 1, 0);
  ::close(descriptor);
  if (!held) return "";
  const std::string note(text.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  return note.empty() ? "a process" : note.substr(0, note.find('\n'));
}

double age_s(const fs::path& path) {
  std::error_code gone;
  const auto written = fs::last_write_time(path, gone);
  if (gone) return 0;
  return std::chrono::duration<double>(fs::file_time_type::clock::now() - written).count();
}

void add_rate(Status& status, std::uint64_t since_start, const fs::path& lock) {
  const double elapsed = age_s(lock);
  if (status.worker.empty() || elapsed <= 0 || since_start == 0) return;
  status.rate = static_cast<double>(since_start) / elapsed;
  if (status.total && *status.total >= status.done) {
    status.left_s = static_cast<double>(*status.total - status.done) / *status.rate;
  }
}

bool read_training(const fs::path& folder, Status& status) {
  std::error_code ignored;
  const bool has_begun =
      fs::exists(folder / "metrics.jsonl", ignored) || fs::exists(folder / "plan.json", ignored);
  if (!has_begun) return false;
  status.stage = "train";
  status.unit = "steps";
  const Json plan =
      fs::exists(folder / "plan.json", ignored) ? read_json(folder / "plan.json") : Json::object();
  status.total = number<std::uint64_t>(plan, "total_steps");
  const auto line = last_line(folder / "metrics.jsonl",
                              [](const Json& json) { return json.value("kind", "") == "train"; });
  if (line) {
    status.done = number<std::uint64_t>(*line, "step").value_or(0);
    status.rate = number<double>(*line, "utterances_per_s");
    status.loss = number<double>(*line, "loss");
    const auto step_s = number<double>(*line, "step_s");
    if (step_s && status.total && *status.total >= status.done) {
      status.left_s = *step_s * static_cast<double>(*status.total - status.done);
    }
  }
  if (const auto per_epoch = number<std::uint64_t>(plan, "steps_per_epoch");
      per_epoch && *per_epoch > 0) {
    status.epoch = (status.done == 0 ? 0 : status.done - 1) / *per_epoch + 1;
  }
  if (!fs::exists(folder / "latest" / "state.json", ignored)) return true;
  status.checkpoint = (folder / fs::read_symlink(folder / "latest", ignored)).string();
  const Json state = read_json(folder / "latest" / "state.json");
  if (state.value("finished", false)) status.state = State::Finished;
  if (const auto best = state.find("best"); best != state.end() && best->is_object()) {
    status.best_metric = best->value("metric", "");
    status.best_value = number<double>(*best, "value");
    status.best_step = number<std::uint64_t>(*best, "step");
  }
  return true;
}

bool read_preprocessing(const fs::path& folder, Status& status) {
  std::error_code ignored;
  if (!fs::exists(folder / "preprocess.json", ignored)) return false;
  status.stage = "preprocess";
  status.unit = "utterances";
  const Json identity = read_json(folder / "preprocess.json");
  const auto utterances =
      identity.value("made_from", Json::object()).value("utterances", std::string());
  if (!utterances.empty()) status.total = std::strtoull(utterances.c_str(), nullptr, 10);
  if (fs::exists(folder / "corpus.json", ignored)) {
    status.state = State::Finished;
    status.done = status.total.value_or(0);
    return true;
  }
  std::uint64_t since_start = 0;
  const auto lock = folder / FolderLock::kFileName;
  for (const auto& entry : fs::directory_iterator(folder / "unfinished", ignored)) {
    if (entry.path().extension() != ".json") continue;
    const auto count = number<std::uint64_t>(read_json(entry.path()), "utterances").value_or(0);
    status.done += count;
    if (age_s(entry.path()) < age_s(lock)) since_start += count;
  }
  add_rate(status, since_start, lock);
  return true;
}

/// Utterances in a part file of evaluate's scores (evaluate/score_store.h): magic, number of
/// utterances, logits of each, CRC as 32-bit words, then the utterances as 64-bit words, and the
/// logits.
std::set<std::uint64_t> utterances_in(const fs::path& part) {
  std::set<std::uint64_t> utterances;
  std::ifstream file(part, std::ios::binary);
  for (std::array<std::uint32_t, 4> header{};
       file.read(reinterpret_cast<char*>(header.data()), sizeof header);) {
    if (std::memcmp(header.data(), "CTSC", 4) != 0) break;
    std::uint64_t utterance = 0;
    for (std::uint32_t i = 0;
         i < header[1] && file.read(reinterpret_cast<char*>(&utterance), sizeof utterance); ++i) {
      utterances.insert(utterance);
    }
    const auto logits = std::uint64_t{header[1]} * header[2];
    file.seekg(static_cast<std::streamoff>(logits * sizeof(float)), std::ios::cur);
  }
  return utterances;
}

bool read_evaluation(const fs::path& folder, Status& status) {
  std::error_code ignored;
  const fs::path partial = folder.string() + ".partial";
  const bool is_finished = fs::exists(folder / "results.json", ignored);
  if (!is_finished && !fs::exists(partial, ignored)) return false;
  status.stage = "evaluate";
  status.unit = "utterances";
  if (is_finished) {
    status.state = State::Finished;
    return true;
  }
  status.worker = worker_in(partial);
  const auto lock = partial / FolderLock::kFileName;
  std::set<std::uint64_t> all;
  std::uint64_t since_start = 0;
  for (const auto& entry : fs::directory_iterator(partial, ignored)) {
    if (entry.path().extension() != ".bin") continue;
    const auto some = utterances_in(entry.path());
    if (age_s(entry.path()) < age_s(lock)) since_start += some.size();
    all.insert(some.begin(), some.end());
  }
  status.done = all.size();
  add_rate(status, since_start, lock);
  return true;
}

bool read_sweep(const fs::path& folder, Status& status) {
  std::error_code ignored;
  if (!fs::exists(folder / "sweep.json", ignored)) return false;
  status.stage = "sweep";
  status.unit = "evaluations";
  const Json plan = read_json(folder / "sweep.json");
  std::set<fs::path> checkpoints;
  for (const Json& item : plan.value("evaluations", Json::array())) {
    if (!item.is_string()) {
      throw Error(ErrorKind::BadData, fmt::format("{} is corrupt: evaluations aren't all folders",
                                                  (folder / "sweep.json").string()));
    }
    const auto results = folder / item.get<std::string>();
    if (fs::exists(results / "results.json", ignored)) ++status.done;
    status.total = status.total.value_or(0) + 1;
    checkpoints.insert(results.parent_path());
  }
  for (const fs::path& checkpoint : checkpoints) {
    for (const auto& entry : fs::directory_iterator(checkpoint, ignored)) {
      if (status.worker.empty()) status.worker = worker_in(entry.path());
    }
  }
  const bool compares = status.total.value_or(0) > 1;
  const bool has_compared = !compares || fs::exists(folder / "comparison.json", ignored);
  if (status.done == status.total && has_compared) status.state = State::Finished;
  return true;
}

/// Of a directory that isn't finished: who works on it says more than what its job noted.
State state_of(const Status& status, const std::string& event) {
  if (!status.worker.empty() || event == "started") return State::Running;
  if (event == "submitted" || event == "requeued") return State::Queued;
  if (event.empty() || status.exit_code == kInterrupted) return State::Interrupted;
  return status.exit_code == 0 ? State::Finished : State::Failed;
}

}  // namespace

std::string_view name_of(State state) {
  constexpr std::array<std::string_view, 5> kNames{"queued", "running", "finished", "interrupted",
                                                   "failed"};
  return kNames.at(static_cast<std::size_t>(state));
}

Status status_of(const fs::path& given) {
  std::string text = given.string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  const fs::path folder = text;
  const fs::path journal = text + ".jobs.jsonl";
  Status status;
  status.worker = worker_in(folder);
  const bool is_known = read_training(folder, status) || read_preprocessing(folder, status) ||
                        read_evaluation(folder, status) || read_sweep(folder, status);
  const auto last = last_line(journal, [](const Json& json) { return json.contains("event"); });
  if (!is_known && !last && status.worker.empty()) {
    throw Error(
        ErrorKind::Usage,
        fmt::format("{} is no run, corpus, results or sweep directory, and no job was submitted "
                    "for it (no {})",
                    text, journal.string()));
  }
  std::string event;
  if (last) {
    event = last->value("event", "");
    status.job = last->value("job", "");
    status.nodes = last->value("nodes", "");
    status.requeues = last->value("restarts", 0) + (event == "requeued" ? 1 : 0);
    if (event == "ended" || event == "failed") status.exit_code = last->value("code", 0);
  }
  if (status.state != State::Finished) status.state = state_of(status, event);
  if (status.state != State::Running) status.left_s.reset();
  return status;
}

}  // namespace codectrace::slurm
