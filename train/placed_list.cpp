#include "train/placed_list.h"

#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "protocol/list_config.h"

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
std::string of_list(const Texts& values, std::string_view key, const Keys& keys,
                    std::size_t index) {
  if (values.empty()) return {};
  if (values.size() == 1) return values.front();
  if (values.size() == keys.lists.size()) return values[index];
  throw Error(ErrorKind::Usage,
              fmt::format("data.{}_{} has {} values for {} lists in data.{}_lists: give one each, "
                          "or one for all",
                          keys.kind, key, values.size(), keys.lists.size(), keys.kind));
}

protocol::Layout layout_named(const std::string& name, std::string_view kind) {
  for (const auto& known : protocol::enum_names(protocol::Layout{})) {
    if (known.name == name) return known.value;
  }
  throw Error(ErrorKind::Usage,
              fmt::format("data.{}_layouts: {} is unknown; it is cors, cosg or list", kind, name));
}

std::vector<PlacedList> placed(const Keys& keys, const DataConfig& data) {
  std::vector<PlacedList> lists;
  for (std::size_t i = 0; i < keys.lists.size(); ++i) {
    const auto corpus = of_list(keys.corpora, "corpora", keys, i);
    const auto layout = of_list(keys.layouts, "layouts", keys, i);
    lists.push_back({.key = fmt::format("data.{}_lists[{}]", keys.kind, i),
                     .name = keys.lists[i],
                     .corpus = corpus.empty() ? data.corpus : corpus,
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
