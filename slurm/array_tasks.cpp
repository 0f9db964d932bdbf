#include "slurm/array_tasks.h"

#include <algorithm>
#include <regex>
#include <string>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::slurm {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::Usage,
              fmt::format("--array is \"{}\", {}; like 0-3, 1,5,9 or 0-99%4", text, why));
}

void append_range(const std::smatch& range, std::vector<int>& tasks) {
  const int first = std::stoi(range[1]);
  const int last = range[2].matched ? std::stoi(range[2]) : first;
  const int step = range[3].matched ? std::max(1, std::stoi(range[3])) : 1;
  for (int task = first; task <= last && tasks.size() <= kMostTasks; task += step) {
    tasks.push_back(task);
  }
}

}  // namespace

std::vector<int> array_tasks(std::string_view text) {
  static const std::regex whole(
      R"(\d{1,6}(-\d{1,6}(:\d{1,6})?)?(,\d{1,6}(-\d{1,6}(:\d{1,6})?)?)*(%\d{1,6})?)");
  static const std::regex one(R"((\d+)(?:-(\d+)(?::(\d+))?)?)");
  const std::string given(text);
  if (!std::regex_match(given, whole)) refuse(text, "which isn't a list of task numbers");
  const std::string ranges = given.substr(0, given.find('%'));
  std::vector<int> tasks;
  for (std::sregex_iterator found(ranges.begin(), ranges.end(), one), end; found != end; ++found) {
    append_range(*found, tasks);
  }
  std::ranges::sort(tasks);
  if (tasks.empty()) refuse(text, "which names no task");
  if (tasks.size() > kMostTasks) refuse(text, fmt::format("more than {} tasks", kMostTasks));
  if (std::ranges::adjacent_find(tasks) != tasks.end()) refuse(text, "which names a task twice");
  return tasks;
}

}  // namespace codectrace::slurm
