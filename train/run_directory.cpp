#include "train/run_directory.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/leftovers.h"

namespace codectrace::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";
constexpr auto kCheckpoints = "checkpoints";
constexpr auto kCurves = "metrics.jsonl";
constexpr auto kConfig = "config.toml";
constexpr auto kPlan = "plan.json";

/// What may lie in a folder before its first run: what one leaves that is killed at its start, and
/// the output of the job that starts it.
bool may_be_there_before(const std::string& name) {
  return name == FolderLock::kFileName || name == kConfig || name == kPlan || is_leftover(name) ||
         name.ends_with(".out") || name.ends_with(".err") || name.ends_with(".log");
}

std::optional<std::uint64_t> step_of(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const char* const end = name.data() + name.size();
  std::uint64_t step = 0;
  const auto parsed = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return step;
}

/// A link that at every moment points somewhere, never nowhere.
void point_link(const fs::path& link, const fs::path& target) {
  std::error_code code;
  if (fs::read_symlink(link, code) == target) return;
  const fs::path temporary = link.string() + ".tmp";
  fs::remove(temporary, code);
  fs::create_directory_symlink(target, temporary, code);
  if (!code) fs::rename(temporary, link, code);
  if (code) {
    throw Error(ErrorKind::Environment,
                fmt::format("point {} to {}: {}", link.string(), target.string(), code.message()));
  }
}

}  // namespace

fs::path RunDirectory::checkpoint(std::uint64_t step) const {
  return path_ / kCheckpoints / fmt::format("{}{:08}", kPrefix, step);
}

std::vector<std::uint64_t> RunDirectory::steps() const {
  std::vector<std::uint64_t> steps;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(path_ / kCheckpoints, missing)) {
    if (const auto step = step_of(entry.path().filename().string())) steps.push_back(*step);
  }
  std::ranges::sort(steps);
  return steps;
}

std::optional<fs::path> RunDirectory::newest_checkpoint() const {
  const auto all = steps();
  if (all.empty()) return std::nullopt;
  return checkpoint(all.back());
}

void RunDirectory::check_contents() const {
  if (!fs::is_directory(path_)) return;
  if (fs::exists(path_ / kCheckpoints) || fs::exists(path_ / kCurves)) return;
  for (const auto& entry : fs::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    if (may_be_there_before(name)) continue;
    throw Error(ErrorKind::Usage, fmt::format("{} holds {} and isn't a run directory; give an "
                                              "empty or a new folder",
                                              path_.string(), name));
  }
}

std::unique_ptr<FolderLock> RunDirectory::claim() const {
  check_contents();
  auto lock = std::make_unique<FolderLock>(path_, "train");
  if (lock->is_exclusive()) {
    for (const auto& folder : {path_, path_ / kCheckpoints}) remove_leftovers(folder);
  }
  return lock;
}

void RunDirectory::tidy(int keep_last, std::optional<std::uint64_t> best_step) const {
  const auto all = steps();
  if (all.empty()) return;
  const auto relative = [&](std::uint64_t step) {
    return fs::path(kCheckpoints) / checkpoint(step).filename();
  };
  point_link(path_ / "latest", relative(all.back()));
  if (best_step && std::ranges::binary_search(all, *best_step)) {
    point_link(path_ / "best", relative(*best_step));
  } else {
    std::error_code nothing_there;
    fs::remove(path_ / "best", nothing_there);  // it would soon point nowhere
  }
  const auto kept = static_cast<std::size_t>(keep_last);
  for (std::size_t i = 0; i + kept < all.size(); ++i) {
    if (all[i] == best_step) continue;
    std::error_code code;
    fs::remove_all(checkpoint(all[i]), code);
    if (code) {
      throw Error(ErrorKind::Environment,
                  fmt::format("remove {}: {}", checkpoint(all[i]).string(), code.message()));
    }
  }
}

}  // namespace codectrace::train
