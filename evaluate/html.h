#pragma once

#include <string>
#include <string_view>

namespace codectrace::evaluate {

/// Text as it may stand in an element or a quoted attribute.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace codectrace::evaluate
