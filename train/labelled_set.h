#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/network.h"
#include "protocol/list_reader.h"
#include "protocol/taxonomy.h"
#include "shard/corpus.h"

namespace codectrace::train {

/// Lists, resolved against corpus, taxonomy and network: what a loader and a loss need, without
/// words.
struct LabelledSet {
  std::vector<std::uint64_t> utterances;           ///< corpus index, by entry
  std::vector<protocol::Label> labels;             ///< by entry
  std::vector<std::vector<std::int64_t>> targets;  ///< by entry and head: output index, or −1

  [[nodiscard]] std::size_t size() const { return utterances.size(); }
};

/// Reads lists one after the other; an id that occurs again is taken once, so that lists that share
/// utterances can be joined. @throws Error(Usage) if the taxonomy lacks a head's task or class;
///         Error(BadData) as protocol::read_list and Corpus::find_all, or if lists contradict each
///         other, naming both lines
[[nodiscard]] LabelledSet read_labelled_set(const std::vector<std::filesystem::path>& lists,
                                            const protocol::ListOptions& options,
                                            const protocol::Taxonomy& taxonomy,
                                            const std::vector<model::Head>& heads,
                                            const shard::Corpus& corpus);

}  // namespace codectrace::train
