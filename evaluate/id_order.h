#pragma once

#include <cstddef>
#include <vector>

#include "evaluate/score_table.h"

namespace codectrace::evaluate {

/// A table's rows in byte order of their ids; equal ids in list order.
///
/// Ids lie all over memory, so each is read a few times, eight bytes at once, rather than at every
/// comparison. @pre no id holds a zero byte
[[nodiscard]] std::vector<std::size_t> rows_by_id(const ScoreTable& table);

}  // namespace codectrace::evaluate
