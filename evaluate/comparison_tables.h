#pragma once

#include <string>

#include "evaluate/figures.h"
#include "evaluate/table.h"

namespace codectrace::evaluate {

/// What compare() gives, as tables under headings. Figures of shuffled tokens stand beside those of
/// tokens in their order, and they are what is set beside published ones.
[[nodiscard]] std::string comparison_text(const Json& comparison, TableFormat format);

/// Tidy and long: kind,list,task,metric,a,b,value,low,high,p,p_holm, a line a figure or difference;
/// kind is figure, shuffled_tokens or difference.
[[nodiscard]] std::string comparison_csv(const Json& comparison);

}  // namespace codectrace::evaluate
