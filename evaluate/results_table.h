#pragma once

#include <string>

#include "evaluate/figures.h"

namespace codectrace::evaluate {

/// Results for a terminal: a table per taxonomy, then one by codec or system; at most 100 columns.
[[nodiscard]] std::string results_table(const Json& results);

}  // namespace codectrace::evaluate
