#include "preprocess/list_union.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::preprocess {
namespace {

using protocol::Entry;

struct Sourced {
  Entry entry;
  std::size_t list = 0;
};

class Union {
 public:
  explicit Union(const std::vector<protocol::ProtocolList>& lists) : lists_(lists) {}

  std::vector<Entry> join(std::vector<Sourced> all) const {
    std::ranges::stable_sort(all, {},
                             [](const Sourced& s) -> const std::string& { return s.entry.id; });
    std::vector<Sourced> joined;
    for (auto& next : all) {
      if (!joined.empty() && joined.back().entry.id == next.entry.id) {
        merge(joined.back(), next);
      } else {
        joined.push_back(std::move(next));
      }
    }
    std::vector<Entry> entries;
    entries.reserve(joined.size());
    for (auto& sourced : joined) entries.push_back(std::move(sourced.entry));
    return entries;
  }

 private:
  void merge(Sourced& into, const Sourced& other) const {
    if (into.entry.label != other.entry.label) contradict(into, other, "label");
    if (into.entry.speaker != other.entry.speaker) contradict(into, other, "speaker");
    for (std::size_t task = 0; task < into.entry.codes.size(); ++task) {
      int& code = into.entry.codes[task];
      const int given = other.entry.codes[task];
      if (code == protocol::kUnknown) code = given;
      if (given != protocol::kUnknown && given != code) contradict(into, other, "class");
    }
  }

  [[noreturn]] void contradict(const Sourced& one, const Sourced& other,
                               std::string_view what) const {
    throw Error(ErrorKind::BadData,
                fmt::format("{}:{} and {}:{} give {} another {}", lists_[one.list].path.string(),
                            one.entry.line, lists_[other.list].path.string(), other.entry.line,
                            one.entry.id, what));
  }

  const std::vector<protocol::ProtocolList>& lists_;
};

}  // namespace

ListUnion read_lists(const Config& config, const protocol::Taxonomy& taxonomy) {
  const auto options = config.list.options(config.layout);
  ListUnion result;
  std::vector<Sourced> all;
  for (const auto& path : config.protocol) {
    result.lists.push_back(protocol::read_list(path, taxonomy, options));
    for (auto& entry : std::exchange(result.lists.back().entries, {})) {
      all.push_back({std::move(entry), result.lists.size() - 1});
    }
  }
  result.entries = Union(result.lists).join(std::move(all));
  return result;
}

}  // namespace codectrace::preprocess
