#pragma once

#include <string_view>

namespace codectrace::evaluate {

/// The report's style sheet: light and dark by the reader's preference, wide and narrow screens,
/// paper.
[[nodiscard]] std::string_view report_style();

}  // namespace codectrace::evaluate
