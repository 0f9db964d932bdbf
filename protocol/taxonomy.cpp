#include "protocol/taxonomy.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/shipped_file.h"
#include "protocol/taxonomy_parser.h"

namespace codectrace::protocol {
namespace {

using Index = std::map<std::string, std::size_t, std::less<>>;

const Origin* find_in(const std::vector<Origin>& origins, const Index& index,
                      std::string_view name) {
  const auto found = index.find(name);
  return found == index.end() ? nullptr : &origins[found->second];
}

}  // namespace

std::optional<int> Task::code_of(std::string_view class_name) const {
  const auto found = std::ranges::find(classes, class_name);
  if (found == classes.end()) return std::nullopt;
  return static_cast<int>(found - classes.begin());
}

Taxonomy Taxonomy::from_file(const std::filesystem::path& given) {
  const auto path = find_shipped_file(given);
  if (!std::filesystem::exists(path)) {
    throw Error(
        ErrorKind::BadData,
        fmt::format(
            "{}: No such file, looked for from {} and beside the program; name the taxonomy with "
            "--taxonomy or the config's key taxonomy",
            path.string(), std::filesystem::current_path().string()));
  }
  return from_text(read_file(path), path.string());
}

Taxonomy Taxonomy::from_text(std::string_view text, std::string name) {
  return TaxonomyParser(std::move(name)).parse(text);
}

std::size_t Taxonomy::task_index(std::string_view name) const {
  const auto found = std::ranges::find(tasks_, name, &Task::name);
  if (found == tasks_.end()) {
    std::vector<std::string_view> names;
    for (const auto& task : tasks_) names.push_back(task.name);
    throw Error(ErrorKind::Usage, fmt::format("the taxonomy has no task {}, it has: {}", name,
                                              fmt::join(names, ", ")));
  }
  return static_cast<std::size_t>(found - tasks_.begin());
}

const Task& Taxonomy::task(std::string_view name) const { return tasks_[task_index(name)]; }

const Origin* Taxonomy::find_codec(std::string_view name) const {
  return find_in(codecs_, codec_index_, name);
}

const Origin* Taxonomy::find_system(std::string_view name) const {
  return find_in(systems_, system_index_, name);
}

ModelTask Taxonomy::model_task(std::string_view model, std::string_view task_name) const {
  const Task& asked = task(task_name);
  if (const auto tasks = model_tasks_.find(std::string(model)); tasks != model_tasks_.end()) {
    if (const auto found = tasks->second.find(asked.name); found != tasks->second.end()) {
      return found->second;
    }
  }
  ModelTask own{std::vector<int>(asked.classes.size()),
                std::vector<double>(asked.classes.size(), 1.0)};
  std::iota(own.order.begin(), own.order.end(), 0);
  return own;
}

std::vector<std::string> Taxonomy::output_classes(std::string_view model,
                                                  std::string_view task_name) const {
  const Task& asked = task(task_name);
  std::vector<std::string> classes;
  for (const int code : model_task(model, task_name).order) {
    classes.push_back(asked.classes.at(static_cast<std::size_t>(code)));
  }
  return classes;
}

}  // namespace codectrace::protocol
