#include "train/placed_list.h"

#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "core/folder_name.h"
#include "protocol/layout_name.h"

namespace codectrace::train {
namespace {

using Texts = std::vector<std::string>;

/// The keys of one kind of lists: "dev" or "watched".
struct Keys {
  std::string_view kind;
  const Texts& lists;
  const Texts& corpora;
  const Texts& layouts;
};

/// The one of list `index`; empty where none is named.
std::string of_list(const Texts& values, std::size_t index) {
  if (values.empty()) return {};
  return values.size() == 1 ? values.front() : values[index];
}

void check_count(const Texts& values, std::string_view key, const Keys& keys) {
  if (values.size() <= 1 || values.size() == keys.lists.size()) return;
  throw Error(ErrorKind::Usage,
              fmt::format("data.{}_{} has {} values for {} lists in data.{}_lists: give one each, "
                          "or one for all",
                          keys.kind, key, values.size(), keys.lists.size(), keys.kind));
}

protocol::Layout layout_named(const std::string& name, std::string_view kind) {
  if (const auto layout = protocol::layout_of(name)) return *layout;
  throw Error(ErrorKind::Usage,
              fmt::format("data.{}_layouts: {} is unknown; it is cors, cosg or list", kind, name));
}

/// data.corpus by its own name, however it is spelt.
std::string corpus_named(const std::string& corpus, const DataConfig& data) {
  const bool same = corpus.empty() || folder_name(corpus) == folder_name(data.corpus);
  return same ? data.corpus : corpus;
}

std::vector<PlacedList> placed(const Keys& keys, const DataConfig& data) {
  check_count(keys.corpora, "corpora", keys);
  check_count(keys.layouts, "layouts", keys);
  std::vector<PlacedList> lists;
  for (std::size_t i = 0; i < keys.lists.size(); ++i) {
    const auto corpus = of_list(keys.corpora, i);
    const auto layout = of_list(keys.layouts, i);
    lists.push_back({.key = fmt::format("data.{}_lists[{}]", keys.kind, i),
                     .name = keys.lists[i],
                     .corpus = corpus_named(corpus, data),
                     .layout = layout.empty() ? data.layout : layout_named(layout, keys.kind)});
  }
  return lists;
}

}  // namespace

std::vector<PlacedList> dev_lists(const DataConfig& data) {
  return placed({"dev", data.dev_lists, data.dev_corpora, data.dev_layouts}, data);
}

std::vector<PlacedList> watched_lists(const DataConfig& data) {
  return placed({"watched", data.watched_lists, data.watched_corpora, data.watched_layouts}, data);
}

}  // namespace codectrace::train
