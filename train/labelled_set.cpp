#include "train/labelled_set.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
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

/// An utterance that several lists have is one: what one doesn't say of it another may.
class JoinedLists {
 public:
  void add(const protocol::ProtocolList& list) {
    for (const auto& entry : list.entries) {
      const auto [found, is_new] = places_.emplace(entry.id, Place{entries_.size(), list.path});
      if (is_new) {
        entries_.push_back(entry);
      } else {
        merge(entry, list.path, found->second);
      }
    }
  }
  [[nodiscard]] std::vector<protocol::Entry> take() { return std::move(entries_); }

 private:
  struct Place {
    std::size_t entry = 0;
    std::filesystem::path list;
  };

  void merge(const protocol::Entry& entry, const std::filesystem::path& list, const Place& first) {
    auto& into = entries_[first.entry];
    const auto contradict = [&](std::string_view what) {
      throw Error(
          ErrorKind::BadData,
          fmt::format("{}:{} and {}:{} give {} another {}; correct one of them",
                      first.list.string(), into.line, list.string(), entry.line, entry.id, what));
    };
    if (entry.label != into.label) contradict("label");
    for (std::size_t task = 0; task < into.codes.size(); ++task) {
      int& code = into.codes[task];
      if (code == protocol::kUnknown) code = entry.codes[task];
      if (entry.codes[task] != protocol::kUnknown && entry.codes[task] != code) contradict("class");
    }
  }

  std::vector<protocol::Entry> entries_;
  std::unordered_map<std::string, Place> places_;
};

std::vector<protocol::Entry> read_entries(const std::vector<std::filesystem::path>& lists,
                                          const protocol::ListOptions& options,
                                          const protocol::Taxonomy& taxonomy) {
  JoinedLists joined;
  for (const auto& path : lists) joined.add(protocol::read_list(path, taxonomy, options));
  return joined.take();
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
