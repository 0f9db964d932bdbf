#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.h"
#include "evaluate/id_ranges.h"
#include "evaluate/packed_rows.h"

namespace codectrace::evaluate {

/// Rows on their way: packed by the rank that read them for the one that has their id.
class RowSender {
 public:
  RowSender(const IdRanges& ranges, const comm::Communicator& comm)
      : ranges_(ranges), outgoing_(static_cast<std::size_t>(comm.size())) {}

  /// @param rest  what goes with it
  void add(std::string_view id, std::int64_t line, const RowPacker& rest);

 private:
  friend class SpreadRows;
  const IdRanges& ranges_;
  std::vector<RowPacker> outgoing_;
};

/// Lines of a file on the ranks that have their ids.
class SpreadRows {
 public:
  struct Row {
    std::string_view id;
    std::int64_t line = 0;
    std::string_view rest;  ///< what went with it, for a RowReader
  };

  /// Collective: sends them. @param sender  consumed
  SpreadRows(RowSender sender, comm::Communicator& comm);
  SpreadRows(const SpreadRows&) = delete;
  SpreadRows& operator=(const SpreadRows&) = delete;

  /// This rank's, by id, those of one id by line.
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

  /// Leaves the first row of each id. `second(row, first line)` is told of each other one.
  template <class Second>
  void keep_first(Second second) {
    std::size_t kept = 0;
    for (const auto& row : rows_) {
      if (kept > 0 && rows_[kept - 1].id == row.id) {
        second(row, rows_[kept - 1].line);
      } else {
        rows_[kept++] = row;
      }
    }
    rows_.resize(kept);
  }

 private:
  std::vector<std::string> packed_;
  std::vector<Row> rows_;
};

}  // namespace codectrace::evaluate
