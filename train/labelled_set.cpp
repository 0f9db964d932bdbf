#include "train/labelled_set.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"

namespace codectrace::train {
namespace {

/// Class code → output of one head.
struct HeadTargets {
  std::size_t column = 0;  // of Entry::codes
  std::vector<std::int64_t> output_of_code;
};

HeadTargets head_targets(const model::Head& head, const protocol::Taxonomy& taxonomy) {
  HeadTargets targets;
  targets.column = protocol::task_column(taxonomy, head.task);
  for (const std::string& name : taxonomy.task(head.task).classes) {
    const auto output = std::ranges::find(head.classes, name);
    if (output == head.classes.end()) {
      throw Error(ErrorKind::Usage,
                  fmt::format("class {} of task {} is in the taxonomy, the model has no output "
                              "for it",
                              name, head.task));
    }
    targets.output_of_code.push_back(output - head.classes.begin());
  }
  return targets;
}

std::vector<protocol::Entry> read_entries(const std::vector<std::filesystem::path>& lists,
                                          const protocol::ListOptions& options,
                                          const protocol::Taxonomy& taxonomy) {
  std::vector<protocol::Entry> entries;
  std::unordered_set<std::string> seen;
  for (const auto& path : lists) {
    for (auto& entry : protocol::read_list(path, taxonomy, options).entries) {
      if (seen.insert(entry.id).second) entries.push_back(std::move(entry));
    }
  }
  return entries;
}

void warn_of_classes_without_examples(const LabelledSet& set, const std::string& list_name,
                                      const std::vector<model::Head>& heads) {
  for (std::size_t k = 0; k < heads.size(); ++k) {
    for (std::size_t output = 0; output < heads[k].classes.size(); ++output) {
      const bool found = std::ranges::any_of(set.targets, [&](const auto& targets) {
        return targets[k] == static_cast<std::int64_t>(output);
      });
      if (!found) {
        log::info("{}: no example of class {} of task {}", list_name, heads[k].classes[output],
                  heads[k].task);
      }
    }
  }
}

}  // namespace

LabelledSet read_labelled_set(const std::vector<std::filesystem::path>& lists,
                              const protocol::ListOptions& options,
                              const protocol::Taxonomy& taxonomy,
                              const std::vector<model::Head>& heads, const shard::Corpus& corpus) {
  std::vector<HeadTargets> outputs;
  for (const model::Head& head : heads) outputs.push_back(head_targets(head, taxonomy));
  const auto entries = read_entries(lists, options, taxonomy);
  std::string list_name;
  for (const auto& path : lists) list_name += (list_name.empty() ? "" : " + ") + path.string();

  LabelledSet set;
  std::vector<std::string> ids;
  for (const protocol::Entry& entry : entries) {
    ids.push_back(entry.id);
    set.labels.push_back(entry.label);
    auto& targets = set.targets.emplace_back();
    for (const HeadTargets& head : outputs) {
      const int code = entry.codes.at(head.column);
      targets.push_back(code < 0 ? -1 : head.output_of_code.at(static_cast<std::size_t>(code)));
    }
  }
  set.utterances = corpus.find_all(ids, list_name);
  warn_of_classes_without_examples(set, list_name, heads);
  return set;
}

}  // namespace codectrace::train
