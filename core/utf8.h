#pragma once

#include <string>
#include <string_view>

namespace codectrace {

/// Is it well-formed UTF-8?
[[nodiscard]] bool is_utf8(std::string_view text);

/// Is it well-formed UTF-8 without control characters, which would move a terminal's cursor?
[[nodiscard]] bool is_plain_text(std::string_view text);

/// The text with each byte that keeps it from being plain as "\xe9": one text for each name that a
/// file can have, where a message would only show a "?".
[[nodiscard]] std::string escaped(std::string_view text);

/// For a message: text from a file that may hold anything. What isn't UTF-8 or would move a
/// terminal's cursor becomes "?", and what is very long is cut.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace codectrace
