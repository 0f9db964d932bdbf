#pragma once

#include <string_view>

namespace codectrace::evaluate {

/// The report's style sheet: light and dark by the reader's preference, wide and narrow screens,
/// paper.
[[nodiscard]] std::string_view report_style();

/// Its script: a click on a column's head, or Enter there, sorts a table of class "sortable".
[[nodiscard]] std::string_view report_script();

}  // namespace codectrace::evaluate
