#pragma once

#include <filesystem>
#include <memory>

#include "comm/communicator.h"
#include "evaluate/id_ranges.h"
#include "evaluate/spread_rows.h"
#include "protocol/list_reader.h"
#include "protocol/taxonomy.h"

namespace codectrace::evaluate {

/// A protocol list whose utterances are spread over ranks by ranges of their ids.
struct SpreadList {
  std::filesystem::path path;
  IdRanges ranges;
  std::unique_ptr<SpreadRows> rows;  ///< this rank's, each id once
  protocol::ListReport report;       ///< of all ranks
  std::int64_t num_listed = 0;       ///< of all ranks

  [[nodiscard]] static protocol::Entry entry(const SpreadRows::Row& row);
};

/// What protocol::read_list() reads, each rank a part of the file. Collective.
/// @throws Error(BadData) as read_list()
[[nodiscard]] SpreadList read_spread_list(const std::filesystem::path& path,
                                          const protocol::Taxonomy& taxonomy,
                                          const protocol::ListOptions& options,
                                          comm::Communicator& comm);

}  // namespace codectrace::evaluate
