#pragma once

#include <filesystem>
#include <vector>

#include "preprocess/config.h"
#include "protocol/list_reader.h"
#include "protocol/taxonomy.h"

namespace codectrace::preprocess {

/// What several protocol lists say together.
struct ListUnion {
  std::vector<protocol::Entry> entries;       ///< by id, each once
  std::vector<protocol::ProtocolList> lists;  ///< without their entries: paths and reports
};

/// Reads the lists and joins them: an utterance that is in several counts once, and a class that
/// one list leaves open is taken from another.
/// @throws Error(BadData) as protocol::read_list; naming both places, if lists contradict
[[nodiscard]] ListUnion read_lists(const Config& config, const protocol::Taxonomy& taxonomy);

}  // namespace codectrace::preprocess
