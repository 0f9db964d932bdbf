#pragma once

#include <string>
#include <vector>

#include "protocol/list_reader.h"
#include "train/config.h"

namespace codectrace::train {

/// A list that is scored while training, and what its ids are of.
struct PlacedList {
  std::string key;  ///< "data.dev_lists[0]", for messages
  std::string name;
  std::string corpus;
  protocol::Layout layout = protocol::Layout::Cors;
};

/// data.dev_lists with the corpora and layouts that are named for them; data.corpus and data.layout
/// where none is. @throws Error(Usage) naming a key of another number of values than lists, or a
/// layout that is unknown
[[nodiscard]] std::vector<PlacedList> dev_lists(const DataConfig& data);
/// data.watched_lists, likewise.
[[nodiscard]] std::vector<PlacedList> watched_lists(const DataConfig& data);

}  // namespace codectrace::train
