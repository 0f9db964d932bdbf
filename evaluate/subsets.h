#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "evaluate/score_table.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {

/// Utterances that figures are given for. Rows are in byte order of their ids.
struct Subset {
  std::string by;    ///< empty for the whole list, else "codec", "family", "system", "known",
                     ///< "speaker", "duration"
  std::string name;  ///< "all", or a codec's, family's, … name
  std::vector<std::size_t> detection_rows;  ///< for bona fide against spoof
  std::vector<std::size_t> tracing_rows;    ///< for the other tasks
};

/// The whole list first, then its parts. Which bona fide a part takes:
/// codec, family: that part's spoof against all bona fide of the list; tracing: its spoof alone.
/// system: that system's spoof against its own bona fide; tracing: its spoof alone.
/// known, unknown (of systems or codecs): as what they are made of; speaker, duration: both, of
/// that speaker or band.
/// @param duration_edges_s  between bands, rising; an utterance of an edge's length is in the upper
[[nodiscard]] std::vector<Subset> subsets_of(const ScoreTable& table,
                                             const protocol::Taxonomy& taxonomy,
                                             const std::vector<double>& duration_edges_s = {});

/// The same of a table whose rows are spread over ranks: the same subsets on each, with its own
/// rows, of which it may have none. Collective.
[[nodiscard]] std::vector<Subset> subsets_of(const ScoreTable& table,
                                             const protocol::Taxonomy& taxonomy,
                                             const std::vector<double>& duration_edges_s,
                                             comm::Communicator& comm);

}  // namespace codectrace::evaluate
