#pragma once

#include <string>

#include "evaluate/figures.h"
#include "evaluate/table.h"

namespace codectrace::evaluate {

/// What tables add to the name of figures of shuffled tokens.
inline constexpr const char* kShuffledNote = ", shuffled tokens";

/// Results as tables: one of all tasks, one of bona fide against spoof, and one each by codec,
/// system, known or unknown, and duration, where there are such subsets. As text at most 100
/// columns, for a terminal; Markdown and LaTeX are for papers, with a line above each that names
/// model and list.
[[nodiscard]] std::string results_table(const Json& results,
                                        TableFormat format = TableFormat::Text);

}  // namespace codectrace::evaluate
